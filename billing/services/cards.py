"""The card on file for automatic top-up: saved by Stripe's checkout, either on its own or while something is bought.

Stripe has the card; we keep what it is called there, and the brand and last four digits to show.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import stripe
from django.db import transaction
from django_scopes import scope, scopes_disabled

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit, rights
from billing.models import TopUp
from billing.prices import MICROS_PER_DOLLAR
from billing.services import checkout, customers, told
from billing.services.events import on
from billing.stripe_client import client

# What the settings are until somebody chooses.
USUAL = {
    "threshold_micros": 10 * MICROS_PER_DOLLAR,
    "amount_micros": 25 * MICROS_PER_DOLLAR,
    "monthly_limit_micros": 100 * MICROS_PER_DOLLAR,
}
TURN_ON = "turn_on"
BRANDS = {"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}


@dataclass(frozen=True)
class Card:
    """As people know it."""

    brand: str
    last4: str

    @classmethod
    def of(cls, row: TopUp) -> "Card":
        words = row.card_brand.replace("_", " ")
        return cls(BRANDS.get(row.card_brand, words[:1].upper() + words[1:]), row.card_last4)

    def __str__(self) -> str:
        return f"{self.brand} ···· {self.last4}" if self.last4 else self.brand


def ask(*, workspace: Workspace, actor: User, turn_on: bool) -> str:
    """Where the person saves a card at Stripe, which with `turn_on` turns top-up on. Raises StripeError."""
    rights.demand(actor, Action.MANAGE_MONEY, workspace)
    page = checkout.address("billing:credits", workspace)
    metadata = {"workspace": str(workspace.pk), "person": str(actor.pk), TURN_ON: "1" if turn_on else ""}
    session = client().v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": customers.customer_of(workspace).stripe_id,
            "metadata": metadata,
            "success_url": f"{page}/card?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": page,
        }
    )
    return session.url or page


@on("checkout.session.completed")
def keep_of_event(event_type: str, session_id: str) -> None:
    keep_of_session(session_id)


def keep_of_session(session_id: str, *, of: Workspace | None = None) -> TopUp | None:
    """Keep the card that was saved in a checkout of `of` (of any workspace); None where it was for something else."""
    session = client().v1.checkout.sessions.retrieve(session_id, {"expand": ["setup_intent.payment_method"]})
    if session.mode != "setup" or session.status != "complete" or not isinstance(session.customer, str):
        return None
    customer = customers.of_stripe(session.customer)
    intent = session.setup_intent
    if customer is None or (of and of != customer.workspace) or not isinstance(intent, stripe.SetupIntent):
        return None
    if not isinstance(method := intent.payment_method, stripe.PaymentMethod):
        return None
    said = told.metadata(session)
    person = User.objects.filter(pk=said["person"]).first() if "person" in said else None
    return keep(workspace=customer.workspace, person=person, method=method, turn_on=bool(said.get(TURN_ON)))


@transaction.atomic
def keep(*, workspace: Workspace, person: User | None, method: stripe.PaymentMethod, turn_on: bool = False) -> TopUp:
    """Charge this card from now on, unless it is there, was taken away, or an older one comes late."""
    made_at = datetime.fromtimestamp(method.created, UTC)
    with scope(workspace=workspace):
        # Not under the lock of the workspace: who gives bought credit has the accounts locked, and pictures take both.
        TopUp.objects.get_or_create(workspace=workspace, defaults={**USUAL, "is_on": False, "set_by": person})
        row = TopUp.objects.select_for_update().get(workspace=workspace)
        is_late = row.card_made_at is not None and made_at < row.card_made_at
        if row.card_id == method.id or method.customer is None or is_late:
            return row
        card = method.card
        row.card_id, row.card_made_at, row.failure = method.id, made_at, ""
        row.card_brand, row.card_last4 = (
            (card.brand if card else method.type)[:20],
            (card.last4 if card else None) or "",
        )
        audit.record("card.saved", workspace=workspace, actor=person, target=str(Card.of(row)))
        if turn_on and not row.is_on:
            row.is_on = True
            audit.record("top_up.started", workspace=workspace, actor=person)
        row.save()
        return row


@transaction.atomic
def forget(*, workspace: Workspace, actor: User) -> bool:
    """Have Stripe forget the card, which ends top-up; False without one. Raises StripeError."""
    rights.demand(actor, Action.MANAGE_MONEY, workspace)
    with scope(workspace=workspace):
        row = TopUp.objects.select_for_update().filter(workspace=workspace).exclude(card_id="").first()
        if row is None:
            return False
        try:
            client().v1.payment_methods.detach(row.card_id)
        except stripe.InvalidRequestError as error:
            # Where it is gone already there is nothing to forget.
            if error.code not in ("resource_missing", None):
                raise
        _drop(row)
        audit.record("card.removed", workspace=workspace, actor=actor, target=str(Card.of(row)))
    return True


@on("payment_method.detached")
def detached(event_type: str, method_id: str) -> None:
    """The card was taken away at Stripe, as in its portal."""
    with scopes_disabled():
        row = TopUp.objects.select_related("workspace").filter(card_id=method_id).first()
    if row is None:
        return
    if client().v1.payment_methods.retrieve(method_id).customer is None:
        with scope(workspace=row.workspace):
            _drop(row)


def _drop(row: TopUp) -> None:
    TopUp.objects.filter(pk=row.pk, card_id=row.card_id).update(card_id="", is_on=False)
