"""Two tabs that buy at once leave two subscriptions. The later one is paid back, ended, and said so."""

from collections.abc import Sequence

import stripe
import structlog
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from accounts.services import audit
from billing.models import Subscription
from billing.services import customers, mail
from billing.services.subscriptions import id_of
from billing.stripe_client import client, micros

log = structlog.get_logger(__name__)


def end(workspace: Workspace, doubles: Sequence[Subscription]) -> bool:
    """Pay back and end all of these; whether there were any. Safe to repeat: it goes by what is left to do."""
    for double in doubles:
        # Paid back first: once it has ended, nobody looks at it again.
        cents = pay_back(double.stripe_id)
        cancel(double.stripe_id)
        if note_end(workspace, double):
            _tell(workspace, double, cents)
    return bool(doubles)


def note_end(workspace: Workspace, row: Subscription) -> bool:
    """Write down that it has ended; False when somebody else has, who then also says so."""
    with customers.held(workspace):
        standing = Subscription.objects.filter(pk=row.pk, ended_at=None)
        return bool(standing.update(status=Subscription.Status.CANCELED, ended_at=timezone.now(), past_due_since=None))


def pay_back(stripe_id: str) -> int:
    """Refund what was paid for the subscription's newest invoice; how many cents were."""
    invoice = client().v1.subscriptions.retrieve(stripe_id).latest_invoice
    if invoice is None:
        return 0
    paid = client().v1.invoice_payments.list({"invoice": id_of(invoice), "status": "paid"})
    return sum(_refund(id_of(one.payment.payment_intent)) for one in paid.data if one.payment.payment_intent)


def _refund(intent: str) -> int:
    try:
        made = client().v1.refunds.create(
            {"payment_intent": intent, "reason": "duplicate"}, {"idempotency_key": f"double:{intent}"}
        )
    except stripe.InvalidRequestError as error:
        if error.code != "charge_already_refunded":
            raise
        return 0
    return made.amount


def cancel(stripe_id: str) -> None:
    """End it at once, without settling anything. Also where it has ended already."""
    try:
        client().v1.subscriptions.cancel(stripe_id, {"prorate": False, "invoice_now": False})
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise


@transaction.atomic
def _tell(workspace: Workspace, double: Subscription, cents: int) -> None:
    log.warning("subscription_doubled", workspace=str(workspace.pk), stripe_id=double.stripe_id, cents=cents)
    audit.record("subscription.doubled", workspace=workspace, target=double.get_plan_display(),
                 stripe=double.stripe_id, micros=micros(cents))  # fmt: skip
    dollars = f"${cents / 100:,.2f}"
    for owner in customers.owners(workspace):
        mail.later(owner, "subscription_doubled", workspace=workspace, dollars=dollars, plan=double.get_plan_display())
