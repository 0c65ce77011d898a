"""A payment for a plan that the payer's bank took back: the subscription ends, as nothing is paid for it any more."""

from accounts.services import audit
from billing.services import customers, doubles, mail, subscriptions
from billing.services.events import on
from billing.stripe_client import client


@on("charge.dispute.created")
def disputed(event_type: str, dispute_id: str) -> None:
    intent = client().v1.disputes.retrieve(dispute_id).payment_intent
    if intent and (stripe_id := _subscription_of(subscriptions.id_of(intent))):
        end(stripe_id)


def end(stripe_id: str) -> None:
    """End the subscription at once, without giving anything back: the bank has it already."""
    row = subscriptions.sync(stripe_id)
    if row is None or row.status not in subscriptions.STANDING:
        return
    doubles.cancel(stripe_id)
    if not doubles.note_end(row.workspace, row):
        return
    audit.record("subscription.disputed", workspace=row.workspace, target=row.get_plan_display(), stripe=stripe_id)
    for owner in customers.owners(row.workspace):
        mail.later(owner, "subscription_disputed", workspace=row.workspace, plan=row.get_plan_display())


def _subscription_of(intent: str) -> str | None:
    paid = client().v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}})
    for one in paid.data:
        invoice = client().v1.invoices.retrieve(subscriptions.id_of(one.invoice))
        if found := subscriptions.of_invoice(invoice):
            return found
    return None
