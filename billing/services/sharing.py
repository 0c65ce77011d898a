"""Data sharing: what the workspace makes while it is on may be used to make the model better, for $150 a month.

A time of sharing is a row. What is made in it is marked then (`is_on`), so that later changes reach nothing of before.
The gift of a calendar month (UTC) is given once, however often sharing is turned on and off in it, and what is left
of it ends when sharing does.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit, rights, switches
from accounts.services.rights import Refused
from billing import ledger
from billing.models import Account, DataSharing, Purchase
from billing.prices import MICROS_PER_DOLLAR, SHARING_MICROS
from billing.services import notices
from billing.signals import sharing_withdrawn

SPENT_BEFORE_MICROS = 5 * MICROS_PER_DOLLAR
TOO_LITTLE = "Data sharing can be turned on once the workspace has spent $5.00 of credit that it bought."


@dataclass(frozen=True)
class Standing:
    """How sharing stands in a workspace. `past` are times that have ended and whose data is still shared."""

    now: DataSharing | None
    past: list[DataSharing]
    spent_micros: int

    @property
    def may_begin(self) -> bool:
        return self.spent_micros >= SPENT_BEFORE_MICROS

    @property
    def has_shared(self) -> bool:
        return self.now is not None or bool(self.past)


def is_on(workspace: Workspace) -> bool:
    """Whether what the workspace makes at this moment is shared. Runs in its scope."""
    return DataSharing.objects.filter(workspace=workspace, ended_at=None).exists()


def standing(*, workspace: Workspace) -> Standing:
    """How it stands. Runs in the workspace's scope."""
    rows = list(DataSharing.objects.filter(workspace=workspace, withdrawn_at=None).order_by("started_at"))
    now = next((row for row in rows if row.ended_at is None), None)
    return Standing(now, [row for row in rows if row.ended_at], spent(workspace=workspace))


def spent(*, workspace: Workspace) -> int:
    """How much bought credit was used up: gifts are not counted, and neither is what came back or is only reserved."""
    rows = Purchase.objects.filter(workspace=workspace, status=Purchase.Status.PAID)
    sums = rows.exclude(kind=Purchase.Kind.PLAN).aggregate(paid=Sum("amount_micros"), back=Sum("returned_micros"))
    purse = ledger.purse(workspace=workspace)
    return max(0, (sums["paid"] or 0) - (sums["back"] or 0) - purse.wallet - purse.held)


@transaction.atomic
def start(*, workspace: Workspace, actor: User) -> bool:
    """Share from now on, and give the month's credit; False when it is on already. Raises Refused, PermissionDenied."""
    rights.hold(workspace)
    rights.demand(actor, Action.MANAGE_SETTINGS, workspace)
    with scope(workspace=workspace):
        if is_on(workspace):
            return False
        switches.demand(switches.Name.SHARING, workspace)
        if spent(workspace=workspace) < SPENT_BEFORE_MICROS:
            raise Refused(TOO_LITTLE)
        DataSharing.objects.create(workspace=workspace, started_by=actor)
        audit.record("sharing.started", workspace=workspace, actor=actor)
        _give(workspace, timezone.now())
    notices.tell(workspace, "sharing_started", to=Action.MANAGE_SETTINGS, by=actor.get_full_name())
    return True


@transaction.atomic
def stop(*, workspace: Workspace, actor: User) -> bool:
    """Share nothing that is made from now on; False when it was off. Raises PermissionDenied."""
    rights.hold(workspace)
    rights.demand(actor, Action.MANAGE_SETTINGS, workspace)
    with scope(workspace=workspace):
        if not _end(workspace, actor):
            return False
        audit.record("sharing.stopped", workspace=workspace, actor=actor)
    notices.tell(workspace, "sharing_stopped", to=Action.MANAGE_SETTINGS, by=actor.get_full_name())
    return True


@transaction.atomic
def withdraw(*, workspace: Workspace, actor: User) -> bool:
    """Take back all that was ever shared, and share nothing more; False when nothing was. Raises PermissionDenied."""
    rights.hold(workspace)
    rights.demand(actor, Action.MANAGE_SETTINGS, workspace)
    with scope(workspace=workspace):
        _end(workspace, actor)
        rows = DataSharing.objects.filter(workspace=workspace, withdrawn_at=None)
        if not rows.update(withdrawn_at=timezone.now()):
            return False
        audit.record("sharing.withdrawn", workspace=workspace, actor=actor)
        sharing_withdrawn.send(sender=DataSharing, workspace=workspace)
    notices.tell(workspace, "sharing_withdrawn", to=Action.MANAGE_SETTINGS, by=actor.get_full_name())
    return True


def give_monthly() -> int:
    """Give this month's credit to all who share; to how many it was new."""
    with scopes_disabled():
        rows = DataSharing.objects.filter(ended_at=None, workspace__deletion_due_at=None, workspace__deleted_at=None)
        sharing = [row.workspace for row in rows.select_related("workspace").order_by("pk")]
    return sum(map(partial(_give_while_on, at=timezone.now()), sharing))


@transaction.atomic
def _give_while_on(workspace: Workspace, *, at: datetime) -> bool:
    with scope(workspace=workspace):
        # Locked: whoever turns it off this moment is done first, or waits.
        row = DataSharing.objects.select_for_update().filter(workspace=workspace, ended_at=None).first()
        return row is not None and _give(workspace, at)


def _give(workspace: Workspace, at: datetime) -> bool:
    month = at.astimezone(UTC)
    given = ledger.grant(
        workspace=workspace,
        key=f"sharing:{workspace.pk}:{month:%Y-%m}",
        amount_micros=SHARING_MICROS,
        source=Account.Source.SHARING,
        expires_at=end_of_next_month(month),
        reason=f"Data sharing in {month:%B %Y}",
    )
    if given:
        audit.record(
            "credit.granted", workspace=workspace, micros=SHARING_MICROS, reason=f"data sharing, {month:%B %Y}"
        )
    return given


def _end(workspace: Workspace, actor: User) -> bool:
    rows = DataSharing.objects.filter(workspace=workspace, ended_at=None)
    if not rows.update(ended_at=timezone.now(), ended_by=actor):
        return False
    # Or a moment of sharing each month would earn it.
    ledger.end_gifts(workspace=workspace, source=Account.Source.SHARING)
    return True


def end_of_next_month(at: datetime) -> datetime:
    """When a gift of this month ends: the first moment (UTC) of the month after the next."""
    years, month = divmod(at.month + 1, 12)
    return datetime(at.year + years, month + 1, 1, tzinfo=UTC)
