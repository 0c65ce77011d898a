"""Exports of everything: asked for by a page, made in the background, there for seven days.

Beat looks for work each few seconds, and a claim is a lease: what a killed worker had begun is begun anew by another,
in a file of its own, and what the dead one still writes changes no row.
"""

import json
import time
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.models import Export, User, Workspace
from accounts.permissions import Action, can
from accounts.services import archive, audit, letters, personal
from accounts.services.personal import Files, Part, Subject

LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=30)
KEPT = timedelta(days=7)
MAX_ATTEMPTS = 3
TELL_EVERY_SECONDS = 1.0
AT_ONCE = 2
"""Exports of the whole site that are made at the same time: the worker that makes them has other things to do."""

Status = Export.Status
log = structlog.get_logger(__name__)


class Fenced(Exception):
    """The attempt is over: another worker has the export, or it was taken back."""


def ask(*, person: User, workspace: Workspace | None = None) -> Export:
    """Have an export made; the one that is under way, where there is one. What was made before is deleted."""
    with scopes_disabled():
        try:
            with transaction.atomic():
                made = Export.objects.create(person=person, workspace=workspace)
                audit.record("export.asked", workspace=workspace, actor=person, target=workspace or person)
        except IntegrityError:
            return _of(person, workspace).get(status__in=[Status.QUEUED, Status.RUNNING])
        for old in _of(person, workspace).filter(status=Status.READY):
            _expire(old)
    return made


def newest(*, person: User, workspace: Workspace | None = None) -> Export | None:
    """What this person last asked for, whatever became of it."""
    with scopes_disabled():
        return _of(person, workspace).order_by("-created_at").first()


def fetch(*, person: User, workspace: Workspace | None = None, id: UUID) -> Export:
    """An export that is there, for the person who asked. Raises Export.DoesNotExist."""
    with scopes_disabled():
        return _of(person, workspace).get(pk=id, status=Status.READY, expires_at__gt=Now())


def make_next() -> bool:
    """Make the export that has waited longest; False when there is nothing to do."""
    export = _claim()
    if export is None:
        return False
    try:
        _make(export)
    except Fenced:
        log.warning("export_fenced", export=str(export.pk), attempt=export.attempt)
    except Exception:
        log.exception("export_failed", export=str(export.pk), attempt=export.attempt)
        with scopes_disabled():
            _held(export).update(lease_until=Now() + PAUSE)
    return True


def expire() -> int:
    """Delete what has been there for long enough; how many."""
    with scopes_disabled():
        old = list(Export.objects.filter(status=Status.READY, expires_at__lt=Now())[:100])
        for export in old:
            _expire(export)
    return len(old)


def _of(person: User, workspace: Workspace | None) -> QuerySet[Export]:
    return Export.objects.filter(person=person, workspace=workspace)


def _expire(export: Export) -> None:
    archive.remove(export)
    Export.objects.filter(pk=export.pk, status=Status.READY).update(status=Status.EXPIRED)


@transaction.atomic
def _claim() -> Export | None:
    with scopes_disabled():
        lost = Q(status=Status.RUNNING, lease_until__lt=Now())
        if Export.objects.filter(status=Status.RUNNING).exclude(lost).count() >= AT_ONCE:
            return None
        rows = Export.objects.filter(Q(status=Status.QUEUED) | lost).order_by("created_at")
        export = rows.select_for_update(skip_locked=True, of=("self",)).select_related("person", "workspace").first()
        if export is None:
            return None
        if export.attempt >= MAX_ATTEMPTS or not _may_still(export):
            _fail(export)
            return None
        Export.objects.filter(pk=export.pk).update(
            status=Status.RUNNING, attempt=F("attempt") + 1, lease_until=Now() + LEASE, done=0
        )
        export.attempt += 1
        return export


def _may_still(export: Export) -> bool:
    """Rights may have gone since it was asked for."""
    person, workspace = export.person, export.workspace
    return person.deleted_at is None and (workspace is None or can(person, Action.EXPORT, workspace))


def _fail(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(status=Status.FAILED, finished_at=Now(), lease_until=None)
    archive.remove(export)
    log.error("export_given_up", export=str(export.pk))
    if _may_still(export):
        transaction.on_commit(lambda: _tell(export, "export_failed"), robust=True)


def _held(export: Export) -> QuerySet[Export]:
    """The row, as long as it still belongs to this attempt."""
    return Export.objects.filter(pk=export.pk, attempt=export.attempt, status=Status.RUNNING)


def _make(export: Export) -> None:
    subject: Subject = export.workspace or export.person
    inside = scope(workspace=export.workspace) if export.workspace else scopes_disabled()
    with inside, archive.write_zip(export.storage_key) as target:
        _Writer(export, target, subject).write()
    _finish(export, target.byte_size)
    for attempt in range(1, export.attempt):
        archive.delete_file(export.key_of(attempt))


@transaction.atomic
def _finish(export: Export, byte_size: int) -> None:
    ready: dict[str, Any] = {"status": Status.READY, "byte_size": byte_size, "lease_until": None}
    with scopes_disabled():
        if not _held(export).update(done=F("total"), finished_at=Now(), expires_at=Now() + KEPT, **ready):
            raise Fenced
    transaction.on_commit(lambda: _tell(export, "export_ready"), robust=True)


class _Writer:
    """Writes everything of a subject: for each model a list of rows, and then their files."""

    def __init__(self, export: Export, target: archive.Zip, subject: Subject) -> None:
        self.export, self.target, self.subject = export, target, subject
        self.parts = [part for part in personal.parts() if part.rows(subject, export.person) is not None]
        self.done, self.told = 0, 0.0
        self.missing: list[str] = []

    def write(self) -> None:
        _report(self.export, done=0, total=sum(self._count(part) for part in self.parts))
        for part in self.parts:
            with self.target.entry(f"{part.name}.json") as file:
                self._rows(file, part)
            if part.exported.files:
                self._files(part, part.exported.files)
        with self.target.entry("READ_ME.txt") as file:
            file.write(_read_me(self.subject, self.missing).encode())

    def _count(self, part: Part) -> int:
        rows = part.rows(self.subject, self.export.person)
        return (rows.count() if rows is not None else 0) * (2 if part.exported.files else 1)

    def _rows(self, file: IO[bytes], part: Part) -> None:
        """A JSON list, a row at a time."""
        comma = b"[\n"
        for batch in part.read(self.subject, self.export.person):
            for row in batch:
                file.write(comma + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
                comma = b",\n"
                self._one_more()
        file.write(b"[]\n" if comma == b"[\n" else b"\n]\n")

    def _files(self, part: Part, files_of: Files) -> None:
        for batch in part.read(self.subject, self.export.person):
            for row in batch:
                self.missing += [name for name, key in files_of(row) if not self.target.add_file(name, key)]
                self._one_more()

    def _one_more(self) -> None:
        self.done += 1
        if time.monotonic() - self.told > TELL_EVERY_SECONDS:
            _report(self.export, done=self.done)
            self.told = time.monotonic()


def _report(export: Export, **progress: int) -> None:
    """Say how far it is, which renews the lease. Raises Fenced."""
    with scopes_disabled():
        if not _held(export).update(lease_until=Now() + LEASE, **progress):
            raise Fenced


def _read_me(subject: Subject, missing: list[str]) -> str:
    whose = f"the workspace {subject.name}" if isinstance(subject, Workspace) else f"the account {subject.email}"
    lines = [
        f"Everything that Aurora keeps about {whose}.",
        "Each .json file is a list of rows; ids tell what belongs together. Times are in UTC, money in micro-dollars.",
        "Pictures lie in pictures/ by day, those in the bin in bin/; their id is their name.",
        "Secrets, such as passwords and keys, are left out.",
    ]
    if missing:
        lines += ["", "These files were not found in storage:", *missing]
    return "\n".join(lines) + "\n"


def _tell(export: Export, letter: str) -> None:
    workspace = export.workspace
    route, args = ("accounts:workspace_data", [workspace.slug]) if workspace else ("accounts:data", [])
    path = reverse(route, args=args)
    letters.send(export.person.email, letter, person=export.person, workspace=workspace, path=path, kept=KEPT.days)
