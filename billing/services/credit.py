"""Credit that is bought: packs, or any amount, paid at Stripe's checkout and credited once."""

from datetime import timedelta

import stripe
from django.utils import timezone
from stripe.params.checkout import SessionCreateParams

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit, rights, switches
from billing import amounts, ledger
from billing.models import Purchase
from billing.prices import MICROS_PER_DOLLAR
from billing.services import cards, charging, checkout, customers, money, purchases, told
from billing.stripe_client import cents, client, micros

PACKS = tuple(dollars * MICROS_PER_DOLLAR for dollars in (10, 25, 100, 500))
REUSED_UNTIL = timedelta(minutes=10)
"""Of an open checkout at least so much time must be left for it to be offered again."""

KEEP_CARD = "keep_card"
Kind, Status = Purchase.Kind, Purchase.Status


def buy(*, workspace: Workspace, actor: User, amount_micros: int, keep_card: bool = False) -> Purchase:
    """Begin to buy credit; it is paid at the purchase's `session_url`. With `keep_card` the card is there for top-up.

    Who asks for the same again before it is paid, as in a second tab, gets the same checkout.
    Raises Refused, PermissionDenied and StripeError; then nothing is bought.
    """
    rights.demand(actor, Action.MANAGE_MONEY, workspace)
    switches.demand(switches.Name.CREDIT_SALES, workspace)
    money.demand_payable(amount_micros)
    customers.customer_of(workspace)
    with customers.held(workspace) as customer:
        if begun := _begun(workspace, amount_micros, keep_card=keep_card):
            return begun
        purchase = Purchase(workspace=workspace, person=actor, kind=Kind.CREDIT, amount_micros=amount_micros)
        session = _checkout(purchase, customer.stripe_id, keep_card=keep_card)
        purchase.session_id, purchase.session_url = session.id, session.url or ""
        purchase.expires_at = purchases.moment(session.expires_at)
        purchase.save()
        return purchase


def _begun(workspace: Workspace, amount_micros: int, *, keep_card: bool) -> Purchase | None:
    """A checkout for the same that can still be paid, by Stripe's word."""
    rows = Purchase.objects.filter(workspace=workspace, kind=Kind.CREDIT, status=Status.OPEN)
    rows = rows.filter(amount_micros=amount_micros, expires_at__gt=timezone.now() + REUSED_UNTIL)
    for row in rows.exclude(session_url="").order_by("-created_at")[:3]:
        session = client().v1.checkout.sessions.retrieve(str(row.session_id))
        if session.status == "open" and (KEEP_CARD in told.metadata(session)) == keep_card:
            return row
    return None


def _checkout(purchase: Purchase, customer_id: str, *, keep_card: bool) -> stripe.checkout.Session:
    page = checkout.address("billing:credits", purchase.workspace)
    about = {"purchase": str(purchase.pk), "workspace": str(purchase.workspace_id)}
    name = f"Aurora credit, {amounts.dollars(purchase.amount_micros)}"
    asked: SessionCreateParams = {
        "mode": "payment",
        "customer": customer_id,
        "line_items": [
            {
                "price_data": {
                    "currency": "usd",
                    "unit_amount": cents(purchase.amount_micros),
                    "product_data": {"name": name},
                },
                "quantity": 1,
            }
        ],
        "metadata": about | ({KEEP_CARD: "1"} if keep_card else {}),
        "payment_intent_data": {"metadata": about, "description": name},
        "success_url": f"{page}/done?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": page,
    }
    if keep_card:
        asked["payment_intent_data"]["setup_future_usage"] = "off_session"
    return client().v1.checkout.sessions.create(asked, {"idempotency_key": f"checkout:{purchase.pk}"})


@purchases.fulfils(Kind.CREDIT)
def give(purchase: Purchase, session: stripe.checkout.Session) -> Purchase.Status:
    """Credit what was paid, as Stripe says it. Another currency than ours is sent back."""
    intent = session.payment_intent
    if session.payment_status != "paid" or not session.amount_total or not isinstance(intent, stripe.PaymentIntent):
        return Status.OPEN
    if purchase.status == Status.FAILED:
        return Status.FAILED
    if session.currency != "usd":
        return _send_back(purchase, session, intent)
    paid = micros(session.amount_total)
    key = f"checkout:{session.id}"
    Purchase.objects.filter(pk=purchase.pk).update(amount_micros=paid)
    purchase.amount_micros = paid
    if ledger.purchase(workspace=purchase.workspace, key=key, amount_micros=paid, reference=intent.id):
        audit.record("credit.bought", workspace=purchase.workspace, actor=purchase.person, micros=paid)
    if intent.setup_future_usage == "off_session" and isinstance(intent.payment_method, str):
        method = client().v1.payment_methods.retrieve(intent.payment_method)
        cards.keep(workspace=purchase.workspace, person=purchase.person, method=method)
    return Status.PAID


def _send_back(purchase: Purchase, session: stripe.checkout.Session, intent: stripe.PaymentIntent) -> Purchase.Status:
    currency = str(session.currency).upper()
    client().v1.refunds.create({"payment_intent": intent.id}, {"idempotency_key": f"send-back:{session.id}"})
    purchase.failure = f"It was paid in {currency}, and we take US dollars alone. The payment was sent back."
    audit.record("credit.sent_back", workspace=purchase.workspace, actor=purchase.person, currency=currency)
    return Status.FAILED


def settle(purchase: Purchase) -> None:
    """Look what became of a purchase of credit at Stripe, and give what it paid for. Raises StripeError."""
    if purchase.kind == Kind.TOP_UP:
        charging.settle(purchase)
    elif purchase.session_id:
        purchases.settle(purchase.session_id)
