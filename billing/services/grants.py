"""What staff give to a workspace until a date: a plan, or one thing beyond it. Kept for ever, ended by its date."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_scopes import scope

from accounts.models import User, Workspace
from accounts.services import audit
from billing.models import EntitlementGrant, PlanGrant

Grant = PlanGrant | EntitlementGrant


def grant_plan(*, workspace: Workspace, plan: str, reason: str, ends_at: datetime, by: User | None) -> PlanGrant:
    """Raises ValidationError, and then nothing is given."""
    given = PlanGrant(workspace=workspace, plan=plan, reason=reason.strip(), ends_at=ends_at)
    give(given, by=by)
    return given


@transaction.atomic
def give(grant: Grant, *, by: User | None) -> None:
    """Store a new grant. Raises ValidationError."""
    grant.granted_by = by
    with scope(workspace=grant.workspace):
        grant.full_clean()
        if grant.ends_at <= timezone.now():
            raise ValidationError({"ends_at": "A grant must end after it was made."})
        grant.save()
    _note(grant, "granted", by)


@transaction.atomic
def end(grant: Grant, *, ends_at: datetime, by: User | None) -> None:
    """Let a grant end at another moment, now for one that is taken back."""
    grant.ends_at = ends_at
    with scope(workspace=grant.workspace):
        grant.save(update_fields=["ends_at"])
    _note(grant, "changed", by)


def _note(grant: Grant, verb: str, by: User | None) -> None:
    until = f"{grant.ends_at:%Y-%m-%d}"
    if isinstance(grant, PlanGrant):
        target, more = grant.get_plan_display(), {}
        subject = "plan"
    else:
        target, more = grant.get_name_display(), {"amount": grant.amount}
        subject = "entitlement"
    audit.record(f"{subject}.{verb}", workspace=grant.workspace, actor=by, target=target, until=until, **more)
