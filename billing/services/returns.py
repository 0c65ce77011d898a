"""Money that goes back: refunds, by staff here or in Stripe's dashboard, and disputes at a bank.

All refunds and disputes of a payment are read anew whenever one of them may have changed, and each moves money once by
its id. What failed, or was won, is written down as taken and given back: the statement tells what happened, and the
books end the same whatever the order in which we came to hear of it.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import stripe
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from stripe.params import DisputeListParams, RefundListParams

from accounts.models import User
from accounts.services import audit
from accounts.services.rights import Refused
from billing import amounts, ledger
from billing.models import Purchase, Transaction
from billing.services import credit, told
from billing.services.events import on
from billing.stripe_client import MICROS_IN_A_CENT, cents, client, micros

NO_MONEY_MOVED = ("warning_needs_response", "warning_under_review", "warning_closed", "prevented")
"""Questions of a bank, and disputes that never began."""

UNDONE = ("failed", "canceled")
LOOK_BACK = timedelta(days=400)
"""A bank may open a dispute, and decide it, many months after the payment."""
Kind, Status = Purchase.Kind, Purchase.Status


@on("charge.refunded")
def charge_changed(event_type: str, charge_id: str) -> None:
    read(told.id_of(client().v1.charges.retrieve(charge_id).payment_intent))


@on("refund.created", "refund.updated", "refund.failed")
def refund_changed(event_type: str, refund_id: str) -> None:
    read(told.id_of(client().v1.refunds.retrieve(refund_id).payment_intent))


@on(
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
def dispute_changed(event_type: str, dispute_id: str) -> None:
    read(told.id_of(client().v1.disputes.retrieve(dispute_id).payment_intent))


def read(payment_id: str) -> Purchase | None:
    """Take over from Stripe what of a payment went back; None where it bought no credit. Safe to repeat."""
    found = _bought_by(payment_id) if payment_id else None
    if found is None:
        return None
    with scope(workspace=found.workspace), transaction.atomic():
        # Under the lock what is read is newer than what others read before.
        row = Purchase.objects.select_for_update().get(pk=found.pk)
        _read(row)
        return row


def compare() -> Iterator[str]:
    """Take over what of the last year went back without our hearing of it; says what that was. Raises StripeError."""
    asked = {"created": {"gte": int((timezone.now() - LOOK_BACK).timestamp())}, "limit": 100}
    gone: list[stripe.Refund | stripe.Dispute] = [
        *client().v1.refunds.list(cast("RefundListParams", asked)).auto_paging_iter(),
        *client().v1.disputes.list(cast("DisputeListParams", asked)).auto_paging_iter(),
    ]
    wanted = {key: told.id_of(one.payment_intent) for one in gone for key in _keys(one)}
    with scopes_disabled():
        there = set(Transaction.objects.filter(key__in=wanted).values_list("key", flat=True))
    for payment_id in dict.fromkeys(wanted[key] for key in reversed(wanted) if key not in there):
        if row := read(payment_id):
            back = amounts.dollars(row.returned_micros)
            yield f"{row.workspace.slug}: {back} went back of the payment {payment_id}, and not all of it was known."


@transaction.atomic
def refund_purchase(*, purchase: Purchase, amount_micros: int, reason: str, by: User) -> Purchase:
    """Send money back to the card, by staff: no more than is left in the wallet. Raises Refused and StripeError.

    `purchase` is as the member of staff saw it: where something of it went back since, as by a button pressed twice,
    it is refused.
    """
    if not (by.is_staff and by.is_active):
        raise PermissionDenied("Refunds are made by staff.")
    with scope(workspace=purchase.workspace):
        row = Purchase.objects.select_for_update().select_related("workspace").get(pk=purchase.pk)
        if row.returned_micros != purchase.returned_micros:
            raise Refused("Something of this purchase went back meanwhile. Look at it again.")
        _demand_refundable(row, amount_micros, reason)
        tried = len(client().v1.refunds.list({"payment_intent": str(row.payment_id), "limit": 100}).data)
        client().v1.refunds.create(
            {
                "payment_intent": str(row.payment_id),
                "amount": cents(amount_micros),
                "reason": "requested_by_customer",
                "metadata": {"reason": reason.strip()[:200], "by": str(by.pk)},
            },
            # After a crash it is the same one; after it, or where it failed, there may be another.
            {"idempotency_key": f"refund:{row.pk}:{tried}:{amount_micros}"},
        )
        _read(row)
        return row


def left_of(purchase: Purchase) -> int:
    """How much of a purchase can be refunded: what did not go back yet, as far as the wallet has it."""
    if purchase.status != Status.PAID or purchase.kind == Kind.PLAN or not purchase.payment_id:
        return 0
    with scope(workspace=purchase.workspace):
        wallet = ledger.purse(workspace=purchase.workspace).wallet
    left = min(purchase.amount_micros - purchase.returned_micros, wallet)
    return left - left % MICROS_IN_A_CENT


def _demand_refundable(row: Purchase, amount_micros: int, reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why: the workspace reads it on its statement.")
    if amount_micros <= 0 or amount_micros % MICROS_IN_A_CENT:
        raise Refused("Choose an amount above zero, in whole cents.")
    if amount_micros > (left := left_of(row)):
        raise Refused(f"Only {amounts.dollars(left)} of this purchase can be refunded: the rest is spent or went back.")


def _bought_by(payment_id: str) -> Purchase | None:
    """The paid purchase of credit. It may be that we hear of the refund before we hear of the payment."""
    with scopes_disabled():
        rows = Purchase.objects.select_related("workspace").exclude(kind=Kind.PLAN)
        if paid := rows.filter(payment_id=payment_id, status=Status.PAID).first():
            return paid
        named = told.metadata(client().v1.payment_intents.retrieve(payment_id)).get("purchase")
        begun = rows.filter(pk=named, status=Status.OPEN).first() if named else None
        if begun is None:
            return None
        credit.settle(begun)
        return rows.filter(payment_id=payment_id, status=Status.PAID).first()


def _read(row: Purchase) -> None:
    asked = str(row.payment_id)
    refunds = list(client().v1.refunds.list({"payment_intent": asked, "limit": 100}).auto_paging_iter())
    disputes = list(client().v1.disputes.list({"payment_intent": asked, "limit": 100}).auto_paging_iter())
    gone = sum(_refunded(row, refund) for refund in reversed(refunds))
    gone += sum(_disputed(row, dispute) for dispute in reversed(disputes))
    # A bank may take what was refunded before.
    row.returned_micros = min(micros(gone), row.amount_micros)
    row.save(update_fields=["returned_micros"])


def _keys(one: stripe.Refund | stripe.Dispute) -> list[str]:
    """Under which keys the books must have it."""
    if one.status in NO_MONEY_MOVED:
        return []
    key = f"{one.object}:{one.id}"
    return [key, f"{key}:{one.status}"] if one.status in (*UNDONE, "won") else [key]


def _refunded(row: Purchase, refund: stripe.Refund) -> int:
    """Note a refund; the cents that went back by it."""
    about = told.metadata(refund)
    by = User.objects.filter(pk=about["by"], is_staff=True).first() if about.get("by") else None
    key = f"refund:{refund.id}"
    if _is_new(key):
        ledger.pay_back(
            workspace=row.workspace,
            key=key,
            amount_micros=micros(refund.amount),
            reference=refund.id,
            reason=about.get("reason", ""),
            by=by,
        )
        _record("paid_back", row, refund.amount, actor=by, reason=about.get("reason"))
    if refund.status not in UNDONE:
        return refund.amount
    if _is_new(f"{key}:{refund.status}"):
        ledger.reinstate(workspace=row.workspace, key=f"{key}:{refund.status}", of=key, reference=refund.id)
        _record("pay_back_failed", row, refund.amount)
    return 0


def _disputed(row: Purchase, dispute: stripe.Dispute) -> int:
    """Note a dispute; the cents that the bank has taken by it."""
    if dispute.status in NO_MONEY_MOVED:
        return 0
    key = f"dispute:{dispute.id}"
    if _is_new(key):
        ledger.pay_back(
            workspace=row.workspace,
            key=key,
            amount_micros=micros(dispute.amount),
            reference=dispute.id,
            kind=ledger.Move.DISPUTE,
            reason=dispute.reason.replace("_", " "),
        )
        _record("disputed", row, dispute.amount)
    if dispute.status != "won":
        return dispute.amount
    if _is_new(f"{key}:won"):
        ledger.reinstate(workspace=row.workspace, key=f"{key}:won", of=key, reference=dispute.id)
        _record("dispute_won", row, dispute.amount)
    return 0


def _is_new(key: str) -> bool:
    return not Transaction.objects.filter(key=key).exists()


def _record(verb: str, row: Purchase, amount: int, *, actor: User | None = None, reason: str | None = None) -> None:
    audit.record(f"credit.{verb}", workspace=row.workspace, actor=actor, micros=micros(amount), reason=reason)
