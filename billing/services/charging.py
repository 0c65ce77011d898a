"""Charges the card on file for a top-up that was begun, and credits it once."""

from datetime import timedelta
from typing import Any

import stripe
from django.utils import timezone

from accounts.models import Workspace
from accounts.permissions import Action
from accounts.services import audit
from billing import ledger
from billing.models import Purchase, TopUp
from billing.services import customers, money, notices, top_up
from billing.services.events import on
from billing.stripe_client import client

# For so long Stripe knows a key again, less an hour.
KEY_LIVES = timedelta(hours=23)
GONE = "The card is no longer there. Save it again, or another one."
LOST = "The payment did not go through."
Status = Purchase.Status


def run(workspace: Workspace) -> Purchase | None:
    """Top the workspace up where it is due; the purchase, whatever became of it. Raises StripeError when unanswered."""
    begun = top_up.begin(workspace=workspace)
    return settle(begun) if begun else None


@on("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled")
def settle_of_event(event_type: str, intent_id: str) -> None:
    intent = client().v1.payment_intents.retrieve(intent_id)
    if purchase := _named_by(intent):
        settle(purchase)


def settle(purchase: Purchase) -> Purchase:
    """Pay the top-up, or look what became of it at Stripe. Safe to repeat. Raises StripeError when unanswered."""
    with customers.held(purchase.workspace) as customer:
        row = Purchase.objects.select_for_update().get(pk=purchase.pk, kind=Purchase.Kind.TOP_UP)
        if row.status != Status.PAID:
            _take(row, *_payment(row, customer.stripe_id))
            row.save()
        return row
"""..."""
