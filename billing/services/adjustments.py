"""Adjustments of credit with four eyes: above $100, a colleague of whoever asks approves or refuses.

What somebody adjusts alone for one workspace is counted together over a day: a hundred and one dollars in two halves
are a hundred and one dollars.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs, Coalesce
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import staff
from accounts.models import User, Workspace
from accounts.services import audit
from accounts.services.rights import Refused, hold
from accounts.staff import StaffAction
from billing import amounts, ledger
from billing.models import Adjustment
from billing.models.desk import AT_ONCE_MICROS
from billing.services import adjust

State = Adjustment.State
TOGETHER = timedelta(days=1)


@transaction.atomic
def ask(*, id: UUID, workspace: Workspace, micros: int, reason: str, by: User) -> Adjustment:
    """Move it at once, or have it wait for a colleague. `id` is of the form: sent twice, it is asked once.

    Raises Refused where less is there than is to be taken, or the form was sent before with something else in it;
    ValueError without a reason.
    """
    staff.demand(by, StaffAction.MOVE_MONEY)
    reason = reason.strip()
    if not 1 <= len(reason) <= 200:
        raise ValueError("Give a reason of at most 200 characters.")
    hold(workspace)
    with scopes_disabled():
        if known := Adjustment.objects.filter(pk=id).first():
            if (known.workspace_id, known.micros, known.reason) != (workspace.pk, micros, reason):
                raise Refused("This form was sent before with something else in it. Nothing was moved.")
            return known
        alone = abs(micros) + _alone(workspace, by) <= AT_ONCE_MICROS
        row = Adjustment.objects.create(
            id=id, workspace=workspace, micros=micros, reason=reason, asked_by=by,
            state=State.AT_ONCE if alone else State.ASKED,
        )  # fmt: skip
        if alone:
            _move(row, by)
        else:
            audit.record("adjustment.asked", workspace=workspace, actor=by, micros=micros, reason=reason)
    return row


@transaction.atomic
def approve(*, adjustment: Adjustment, by: User) -> Adjustment:
    """Move what a colleague asked for. Raises Refused for one's own, and for what was decided before."""
    row = _decide(adjustment, by, State.APPROVED)
    _move(row, row.asked_by)
    audit.record("adjustment.approved", workspace=row.workspace, actor=by, target=row.asked_by, micros=row.micros)
    return row


@transaction.atomic
def refuse(*, adjustment: Adjustment, by: User) -> Adjustment:
    """Move nothing. Raises Refused as `approve` does."""
    row = _decide(adjustment, by, State.REFUSED)
    audit.record("adjustment.refused", workspace=row.workspace, actor=by, target=row.asked_by, micros=row.micros)
    return row


def _decide(adjustment: Adjustment, by: User, state: str) -> Adjustment:
    staff.demand(by, StaffAction.APPROVE_MONEY)
    with scopes_disabled():
        rows = Adjustment.objects.select_for_update(of=("self",)).select_related("workspace", "asked_by")
        row = rows.get(pk=adjustment.pk)
        if row.state != State.ASKED:
            raise Refused(f"It was decided before: {row.get_state_display().lower()}.")
        if row.asked_by_id == by.pk:
            raise Refused("Somebody else has to decide about what you asked for.")
        row.state, row.decided_by, row.decided_at = state, by, timezone.now()
        row.save(update_fields=["state", "decided_by", "decided_at"])
    return row


def _move(row: Adjustment, by: User) -> None:
    try:
        adjust.adjust(
            workspace=row.workspace, key=f"adjust:{row.pk}", amount_micros=row.micros, reason=row.reason, by=by
        )
    except ledger.InsufficientFunds as error:
        there = amounts.dollars(error.balance_micros)
        raise Refused(f"Only {there} can be taken away. Nothing was moved.") from error


def _alone(workspace: Workspace, by: User) -> int:
    """What somebody adjusted of a workspace within a day without a colleague, in and out."""
    rows = Adjustment.objects.filter(workspace=workspace, asked_by=by, state=State.AT_ONCE)
    recent = rows.filter(asked_at__gt=timezone.now() - TOGETHER)
    return int(recent.aggregate(total=Coalesce(Sum(Abs("micros")), 0))["total"])
