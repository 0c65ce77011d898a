"""When a payment for the plan has failed: seven days of grace, with letters to the owners, then the plan is free."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import F
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import Workspace
from accounts.services import audit
from billing.models import Subscription
from billing.plans import GRACE, plan_of
from billing.services import customers, mail

LETTERS = (
    (timedelta(0), "past_due"),
    (timedelta(days=3), "past_due"),
    (timedelta(days=6), "past_due"),
    (GRACE, "plan_ended"),
)
"""How long after the failed payment which letter is written."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrears:
    """What is open: `plan` is or was paid by it, and is kept until `until`."""

    subscription: Subscription
    until: datetime

    @property
    def is_over(self) -> bool:
        return self.until <= timezone.now()

    @property
    def days(self) -> int:
        """Whole days that are left, begun ones counted."""
        return max(-((timezone.now() - self.until) // timedelta(days=1)), 0)


def arrears(workspace: Workspace) -> Arrears | None:
    """The subscription whose payment has failed, if there is one. Runs in the workspace's scope."""
    row = Subscription.objects.filter(workspace=workspace, status=Subscription.Status.PAST_DUE).first()
    return Arrears(row, row.past_due_since + GRACE) if row and row.past_due_since else None


def write_letters() -> int:
    """Write to the owners of workspaces where a letter is due; how many workspaces that were. Safe to repeat."""
    with scopes_disabled():
        rows = Subscription.objects.filter(status=Subscription.Status.PAST_DUE, past_due_since__isnull=False)
        waiting = rows.filter(past_due_since__lte=timezone.now()).values_list("workspace", flat=True)
        found = list(waiting.order_by(F("told_past_due_at").asc(nulls_first=True)))
    return sum(_try(pk) for pk in found)


def _try(workspace_id: UUID) -> bool:
    workspace = Workspace.objects.get(pk=workspace_id)
    try:
        return _write(workspace)
    except OSError as error:
        # Tried again within the hour; the others are written to all the same.
        log.warning("letter_not_sent", workspace=str(workspace_id), error=str(error))
        return False


def _write(workspace: Workspace) -> bool:
    with customers.held(workspace):
        found = arrears(workspace)
        letter = _due(found) if found else None
        if found is None or letter is None:
            return False
        Subscription.objects.filter(pk=found.subscription.pk).update(told_past_due_at=timezone.now())
        if letter == "plan_ended":
            audit.record("plan.ended", workspace=workspace, target=found.subscription.get_plan_display())
        # Inside the transaction: a letter that could not be sent is not noted as sent.
        for owner in customers.owners(workspace):
            mail.now(owner, letter, workspace=workspace, plan=found.subscription.get_plan_display(), until=found.until,
                     after=plan_of(workspace))  # fmt: skip
        return True


def _due(found: Arrears) -> str | None:
    """The newest letter whose day has come and that was not written yet."""
    since, told = found.subscription.past_due_since, found.subscription.told_past_due_at
    now = timezone.now()
    letter = None
    for wait, name in LETTERS:
        day = (since or now) + wait
        if day <= now:
            letter = name if told is None or told < day else None
    return letter
