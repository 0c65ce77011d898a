"""Deletion of a person or a workspace: asked for, due after a grace of fourteen days, and until then taken back."""

from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.permissions import Action, allows
from accounts.services import audit, letters

GRACE = timedelta(days=14)
TOLD_AT_ONCE = 50
Role = Membership.Role
log = structlog.get_logger(__name__)


class Refused(Exception):
    """It cannot be deleted like this; the message says what to do first."""


def owned_alone(person: User) -> list[Workspace]:
    """Workspaces with other members that have no other owner: somebody must have them before the person goes.

    An owner who is leaving too does not count, and neither does a workspace that is itself to be deleted.
    """
    with scopes_disabled():
        others = ~Q(memberships__user=person)
        staying = Q(memberships__role=Role.OWNER, memberships__user__deletion_due_at=None)
        owned = Membership.objects.filter(user=person, role=Role.OWNER).values("workspace")
        rows = Workspace.objects.filter(pk__in=owned, is_personal=False, deletion_due_at=None)
        counted = rows.annotate(
            people=Count("memberships", filter=others), owners=Count("memberships", filter=others & staying)
        )
        return list(counted.filter(people__gt=0, owners=0).order_by("name"))


def _only_theirs(person: User) -> list[Workspace]:
    """Workspaces that nobody else is in, and the personal one: they go with their owner."""
    with scopes_disabled():
        owned = Membership.objects.filter(user=person, role=Role.OWNER).values("workspace")
        rows = Workspace.objects.filter(pk__in=owned, deletion_due_at=None)
        counted = rows.annotate(people=Count("memberships", filter=~Q(memberships__user=person)))
        return list(counted.filter(Q(people=0) | Q(is_personal=True)))


@transaction.atomic
def ask_for_person(*, person: User) -> datetime:
    """Have the account deleted after the grace, with the workspaces that are theirs alone; when. Raises Refused."""
    row = User.objects.select_for_update().get(pk=person.pk)
    if row.deletion_due_at is not None:
        return row.deletion_due_at
    if held := owned_alone(row):
        names = ", ".join(workspace.name for workspace in held)
        raise Refused(f"You are the only owner of {names}. Hand over or delete what others are in, then come back.")
    due = timezone.now() + GRACE
    User.objects.filter(pk=row.pk).update(deletion_due_at=due)
    # The same moment, to the microsecond: who takes it back takes back these, and none that were asked for apart.
    for workspace in _only_theirs(row):
        _mark(workspace, due)
        audit.record("workspace.deletion_asked", workspace=workspace, actor=row, target=workspace.name)
    audit.record("account.deletion_asked", workspace=None, actor=row, target=row.email)
    transaction.on_commit(lambda: letters.send(row.email, "account_leaving", person=row, due=due), robust=True)
    person.deletion_due_at = due
    return due


@transaction.atomic
def cancel_for_person(*, person: User) -> bool:
    """Keep the account; False when it was not to be deleted, or its time is over."""
    row = User.objects.select_for_update().get(pk=person.pk)
    if not User.objects.filter(pk=row.pk, deleted_at=None, deletion_due_at__gt=Now()).update(deletion_due_at=None):
        return False
    with scopes_disabled():
        theirs = Workspace.objects.filter(
            memberships__user=row, memberships__role=Role.OWNER, deletion_due_at=row.deletion_due_at
        )
        for workspace in theirs:
            _unmark(workspace)
            audit.record("workspace.deletion_canceled", workspace=workspace, actor=row, target=workspace.name)
    audit.record("account.deletion_canceled", workspace=None, actor=row, target=row.email)
    transaction.on_commit(lambda: letters.send(row.email, "account_stays", person=row), robust=True)
    person.deletion_due_at = None
    return True


@transaction.atomic
def ask_for_workspace(*, workspace: Workspace, actor: User) -> datetime:
    """Have the workspace deleted after the grace; until then it can only be read. When. Raises Refused."""
    row = Workspace.objects.select_for_update().get(pk=workspace.pk)
    if row.deletion_due_at is not None:
        return row.deletion_due_at
    if row.is_personal:
        raise Refused("This is your personal workspace: it is deleted together with your account.")
    due = timezone.now() + GRACE
    _mark(row, due)
    audit.record("workspace.deletion_asked", workspace=row, actor=actor, target=row.name)
    return due


@transaction.atomic
def cancel_for_workspace(*, workspace: Workspace, actor: User) -> bool:
    """Keep the workspace; False when it was not to be deleted, or its time is over."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    if not _unmark(workspace):
        return False
    audit.record("workspace.deletion_canceled", workspace=workspace, actor=actor, target=workspace.name)
    return True


def _mark(workspace: Workspace, due: datetime) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(deletion_due_at=due, deletion_told=0)


def _unmark(workspace: Workspace) -> bool:
    rows = Workspace.objects.filter(pk=workspace.pk, deleted_at=None, deletion_due_at__gt=Now())
    return bool(rows.update(deletion_due_at=None, deletion_told=0))


def tell_members() -> int:
    """Write to some of the members of workspaces whose deletion was asked for or taken back; how many letters.

    Beat comes again until all are told. The place is kept after each letter: after a crash one may come twice.
    """
    with scopes_disabled():
        waiting = list(Workspace.objects.filter(deletion_told__isnull=False).values_list("pk", flat=True)[:10])
        return sum(_tell_some(pk) for pk in waiting)


def _tell_some(pk: UUID) -> int:
    told = 0
    while told < TOLD_AT_ONCE and _tell_one(pk):
        told += 1
    return told


@transaction.atomic
def _tell_one(pk: UUID) -> bool:
    """Write to the next member; False when all are told, or somebody else is writing to them this moment."""
    rows = Workspace.objects.select_for_update(skip_locked=True).filter(pk=pk, deletion_told__isnull=False)
    workspace = rows.first()
    if workspace is None:
        return False
    members = Membership.objects.filter(workspace=workspace, pk__gt=workspace.deletion_told, user__is_active=True)
    # A personal workspace goes with its account, whose own letter says so.
    one = None if workspace.is_personal else members.select_related("user").order_by("pk").first()
    if one is not None:
        _tell(one, workspace)
    Workspace.objects.filter(pk=pk).update(deletion_told=one and one.pk)
    return one is not None


def _tell(membership: Membership, workspace: Workspace) -> None:
    letter = "workspace_leaving" if workspace.is_leaving else "workspace_stays"
    person = membership.user
    may_cancel = allows(membership.role, Action.DELETE)
    try:
        letters.send(person.email, letter, person=person, workspace=workspace, may_cancel=may_cancel)
    except SMTPRecipientsRefused as error:
        # One bad address keeps no letter from the others.
        log.warning("letter_refused", letter=letter, user=str(person.pk), error=str(error))
