"""What was bought at Stripe's checkout is given once, however often and from wherever this is asked.

Events, the page to which the browser comes back, and the nightly reconcile all call `settle`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import stripe
from django.utils import timezone
from django_scopes import scopes_disabled

from billing.models import Purchase
from billing.services import customers
from billing.services.events import on
from billing.stripe_client import client

Fulfil = Callable[[Purchase, stripe.checkout.Session], Purchase.Status | None]
F = TypeVar("F", bound=Fulfil)
Status = Purchase.Status

_fulfil: dict[str, Fulfil] = {}


def fulfils(kind: Purchase.Kind) -> Callable[[F], F]:
    """Registers what gives a paid purchase of this kind.

    It runs in the workspace's scope and under its `customers.held`, may run again, and must then give nothing twice.
    What it could not take, it returns another status than paid for.
    """

    def register(function: F) -> F:
        _fulfil[kind] = function
        return function

    return register


@on(
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
)
def settle_of_event(event_type: str, session_id: str) -> None:
    settle(session_id)


def settle(session_id: str) -> Purchase | None:
    """Read the checkout from Stripe, and give what it paid for. None for one that this site has not begun."""
    with scopes_disabled():
        found = Purchase.objects.select_related("workspace").filter(session_id=session_id).first()
    if found is None or customers.known(found.workspace) is None:
        return None
    with customers.held(found.workspace):
        purchase = Purchase.objects.select_for_update().get(pk=found.pk)
        if session := _read(session_id):
            _take(purchase, session)
        elif purchase.status == Status.OPEN:
            _close(purchase, Status.EXPIRED)
        return purchase


def _read(session_id: str) -> stripe.checkout.Session | None:
    """None for a checkout that Stripe does not know: it was begun under another key, and cannot be paid."""
    try:
        return client().v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
    return None


def _take(purchase: Purchase, session: stripe.checkout.Session) -> None:
    intent = session.payment_intent if isinstance(session.payment_intent, stripe.PaymentIntent) else None
    if session.status == "expired" and purchase.status == Status.OPEN:
        _close(purchase, Status.EXPIRED)
    elif session.status == "complete" and session.payment_status != "unpaid":
        purchase.payment_id = intent.id if intent else purchase.payment_id
        _close(purchase, _fulfil[purchase.kind](purchase, session) or Status.PAID)
    elif session.status == "complete" and intent and intent.status in ("requires_payment_method", "canceled"):
        # A slow way to pay, such as a bank debit, that did not work out.
        said = intent.last_payment_error.message if intent.last_payment_error else None
        purchase.failure = (said or "The payment did not go through.")[:200]
        _close(purchase, Status.FAILED)


def _close(purchase: Purchase, status: Purchase.Status) -> None:
    if purchase.status != status:
        purchase.status, purchase.settled_at = status, timezone.now()
    purchase.session_url = ""
    purchase.save(update_fields=["status", "settled_at", "session_url", "payment_id", "failure"])


def moment(stamp: int) -> datetime:
    """A time as Stripe writes it."""
    return datetime.fromtimestamp(stamp, UTC)
