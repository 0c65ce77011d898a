"""Charges the card on file for a top-up that was begun, and credits it once."""

from datetime import timedelta

import stripe
import structlog
from django.db import transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Workspace
from accounts.permissions import Action
from accounts.services import audit
from billing import amounts, ledger
from billing.models import Customer, Purchase, TopUp
from billing.services import customers, messages, notices, told, top_up
from billing.services.events import on
from billing.stripe_client import cents, client, micros

# For a day Stripe knows a key again; an hour less, as clocks differ.
KEY_LIVES = timedelta(hours=23)
GONE = "The card is no longer there. Save it again, or another one."
LOST = "The payment did not go through."
OVER = ("requires_payment_method", "requires_confirmation", "requires_action", "canceled")
Status = Purchase.Status
log = structlog.get_logger(__name__)


def run(workspace: Workspace) -> Purchase | None:
    """Top the workspace up where it is due; the purchase, whatever became of it. Raises StripeError when unanswered."""
    begun = top_up.begin(workspace=workspace)
    return settle(begun) if begun else None


def run_all() -> None:
    """Have everybody topped up whose credit runs low, also where the message was lost."""
    for pk in top_up.running_low():
        messages.send("billing.tasks.top_up", str(pk))


@on("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled")
def settle_of_event(event_type: str, intent_id: str) -> None:
    intent = client().v1.payment_intents.retrieve(intent_id)
    if not (named := told.metadata(intent).get("purchase")):
        return
    with scopes_disabled():
        rows = Purchase.objects.select_related("workspace").filter(kind=Purchase.Kind.TOP_UP)
        found = rows.filter(pk=named).first()
    if found:
        settle(found)


def settle(purchase: Purchase) -> Purchase:
    """Pay the top-up, or look what became of it at Stripe. Safe to repeat. Raises StripeError when unanswered."""
    with scope(workspace=purchase.workspace), transaction.atomic():
        row = Purchase.objects.select_for_update().select_related("workspace").get(pk=purchase.pk)
        if row.status == Status.OPEN or (row.status == Status.FAILED and row.payment_id):
            _take(row, *_payment(row))
        return row


def _payment(row: Purchase) -> tuple[stripe.PaymentIntent | None, str]:
    """The payment, made now where there is none, and why there is none."""
    if row.payment_id:
        return client().v1.payment_intents.retrieve(row.payment_id), ""
    if (customer := customers.known(row.workspace)) is None:
        return None, GONE
    if timezone.now() - row.created_at > KEY_LIVES:
        # Asked for again, it might be made a second time.
        return _made_before(row, customer), LOST
    return _pay(row, customer)


def _pay(row: Purchase, customer: Customer) -> tuple[stripe.PaymentIntent | None, str]:
    try:
        return _charge(row, customer), ""
    except stripe.CardError as error:
        made = told.id_of(error.error.payment_intent) if error.error else ""
        return (client().v1.payment_intents.retrieve(made) if made else None), error.user_message or LOST
    except stripe.IdempotencyError:
        # The card was changed since it was asked for.
        return _made_before(row, customer), LOST
    except stripe.InvalidRequestError as error:
        log.warning("top_up_refused", purchase=str(row.pk), error=str(error))
        return None, GONE


def _charge(row: Purchase, customer: Customer) -> stripe.PaymentIntent:
    card = TopUp.objects.get(workspace=row.workspace_id).card_id
    return client().v1.payment_intents.create(
        {
            "amount": cents(row.amount_micros),
            "currency": "usd",
            "customer": customer.stripe_id,
            # Without one Stripe refuses, as it should.
            "payment_method": card or "none",
            "off_session": True,
            "confirm": True,
            "description": f"Aurora: automatic top-up of {amounts.dollars(row.amount_micros)}",
            "metadata": {"purchase": str(row.pk), "workspace": str(row.workspace_id)},
        },
        {"idempotency_key": f"top-up:{row.pk}"},
    )


def _made_before(row: Purchase, customer: Customer) -> stripe.PaymentIntent | None:
    since = int((row.created_at - timedelta(hours=1)).timestamp())
    made = (
        client()
        .v1.payment_intents.list({"customer": customer.stripe_id, "created": {"gte": since}, "limit": 100})
        .auto_paging_iter()
    )
    return next((intent for intent in made if told.metadata(intent).get("purchase") == str(row.pk)), None)


def _take(row: Purchase, intent: stripe.PaymentIntent | None, said: str) -> None:
    row.payment_id = intent.id if intent else row.payment_id
    if intent and intent.status == "succeeded":
        _credit(row, intent)
    elif (intent is None or intent.status in OVER) and row.status == Status.OPEN:
        told = intent.last_payment_error.message if intent and intent.last_payment_error else None
        _fail(row, said or told or LOST)
    row.save()


def _credit(row: Purchase, intent: stripe.PaymentIntent) -> None:
    row.amount_micros, row.failure = micros(intent.amount_received), ""
    row.status, row.settled_at = Status.PAID, timezone.now()
    key, paid = f"top-up:{row.pk}", row.amount_micros
    if ledger.purchase(workspace=row.workspace, key=key, amount_micros=paid, reference=intent.id):
        audit.record("credit.topped_up", workspace=row.workspace, micros=paid)


def _fail(row: Purchase, said: str) -> None:
    """Turn top-up off, or it would try again each minute, and have the owners know."""
    row.status, row.settled_at, row.failure = Status.FAILED, timezone.now(), said[:200]
    TopUp.objects.filter(workspace=row.workspace).update(is_on=False, failure=row.failure)
    audit.record("top_up.failed", workspace=row.workspace, reason=row.failure, micros=row.amount_micros)
    amount = amounts.dollars(row.amount_micros)
    notices.tell(row.workspace, "top_up_failed", to=Action.MANAGE_MONEY, amount=amount, failure=row.failure)
