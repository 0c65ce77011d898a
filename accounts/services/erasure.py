"""Erases what is due: files, then rows, and at last the person's or the workspace's own row is emptied.

Each step can be killed and run again; the last one is a single transaction. That row stays, without anything that
tells who it was, because the books and the audit trail name it.
"""

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.services import archive, audit, deletion, letters, personal, rooms
from accounts.services.personal import Subject

LEASE = timedelta(minutes=5)
NAMELESS = "A deleted account"
log = structlog.get_logger(__name__)


class Fenced(Exception):
    """Somebody else erases it now."""


def erase_next() -> bool:
    """Erase what has been due longest, workspaces before people; False when nothing is due."""
    with scopes_disabled():
        _spare_the_needed()
        subject = _claim(Workspace) or _claim(User)
    if subject is None:
        return False
    try:
        _erase(subject)
    except Fenced:
        log.warning("erasure_fenced", kind=subject._meta.model_name, pk=str(subject.pk))
    return True


@transaction.atomic
def _claim(model: type[User] | type[Workspace]) -> Any:
    due = Q(deletion_due_at__lte=Now(), deleted_at=None)
    free = Q(erasing_until=None) | Q(erasing_until__lt=Now())
    row = model.objects.select_for_update(skip_locked=True).filter(due & free).order_by("deletion_due_at").first()
    if row is None:
        return None
    row.erasing_until = timezone.now() + LEASE
    row.save(update_fields=["erasing_until"])
    return row


def _erase(subject: Subject) -> None:
    lease = _Lease(subject)
    if isinstance(subject, Workspace):
        with scope(workspace=subject):
            _run(subject, lease)
            _finish_workspace(subject, lease)
    else:
        with scopes_disabled():
            _run(subject, lease)
            _finish_person(subject, lease)


class _Lease:
    """Called between batches; raises Fenced when another worker has taken over."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def __call__(self) -> None:
        until = timezone.now() + LEASE
        mine = type(self.subject)._default_manager.filter(pk=self.subject.pk, deleted_at=None)
        if not mine.filter(erasing_until=self.subject.erasing_until).update(erasing_until=until):
            raise Fenced
        self.subject.erasing_until = until


def _run(subject: Subject, lease: _Lease) -> None:
    for part in reversed(personal.parts()):
        part.erase(subject, lease)
        lease()


@transaction.atomic
def _finish_workspace(workspace: Workspace, lease: _Lease) -> None:
    lease()
    owners = Membership.objects.filter(workspace=workspace, role=Membership.Role.OWNER)
    # A personal workspace goes with its account, whose own letter says so.
    for address in () if workspace.is_personal else owners.values_list("user__email", flat=True):
        _write(address, "workspace_deleted", name=workspace.name)
    Membership.objects.filter(workspace=workspace).delete()
    _empty(workspace, name="A deleted workspace", slug=f"deleted-{uuid.uuid4().hex}")
    audit.record("workspace.deleted", workspace=workspace)
    log.info("workspace_erased", workspace=str(workspace.pk))


@transaction.atomic
def _finish_person(person: User, lease: _Lease) -> None:
    lease()
    _write(person.email, "account_deleted", name=person.get_short_name())
    for workspace in Workspace.objects.filter(memberships__user=person):
        rooms.changed(workspace)
    Membership.objects.filter(user=person).delete()
    person.groups.clear()
    person.user_permissions.clear()
    person.set_unusable_password()
    _empty(
        person,
        email=f"deleted-{uuid.uuid4().hex}@deleted.invalid",
        display_name=NAMELESS,
        password=person.password,
        last_login=None,
        is_active=False,
        is_staff=False,
        is_superuser=False,
    )
    audit.record("account.deleted", workspace=None, target=NAMELESS.lower())
    log.info("account_erased", user=str(person.pk))


def _spare_the_needed() -> None:
    """Whom others came to depend on during the grace is not erased, and told why."""
    due = User.objects.filter(deletion_due_at__lte=Now(), deleted_at=None, erasing_until=None)
    for person in due.order_by("deletion_due_at")[:20]:
        if held := deletion.owned_alone(person):
            _spare(person, ", ".join(workspace.name for workspace in held))


@transaction.atomic
def _spare(person: User, names: str) -> None:
    Workspace.objects.filter(memberships__user=person, deletion_due_at=person.deletion_due_at).update(
        deletion_due_at=None
    )
    User.objects.filter(pk=person.pk).update(deletion_due_at=None)
    about = str(person.pk)
    audit.record("account.deletion_canceled", workspace=None, target=person.email, about=about, reason="only owner")
    _write(person.email, "account_needed", person=person, names=names)


def _write(address: str, letter: str, **context: Any) -> None:
    transaction.on_commit(lambda: letters.send(address, letter, **context), robust=True)


def _empty(subject: Subject, **values: Any) -> None:
    """Set `values`, and every other text or file of the row to what a new one has. New fields are emptied too."""
    for field in subject._meta.concrete_fields:
        if isinstance(field, models.FileField):
            if key := getattr(subject, field.attname).name:
                transaction.on_commit(partial(archive.delete_file, key), robust=True)
            values.setdefault(field.attname, "")
        elif isinstance(field, models.CharField | models.TextField | models.JSONField):
            values.setdefault(field.attname, None if field.null else field.get_default())
    values |= {"deleted_at": timezone.now(), "erasing_until": None, "deletion_due_at": None}
    type(subject)._default_manager.filter(pk=subject.pk).update(**values)
