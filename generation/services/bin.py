"""The bin: pictures that were deleted lie there for thirty days, can be taken back, and are then gone for good.

What lies in it is seen nowhere else (`Picture.there`), and takes room until it is gone. Its generation stays as a row:
the ledger names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import User, Workspace
from accounts.permissions import Action, can
from accounts.services import archive, audit
from generation.models import Picture

KEPT = timedelta(days=30)
BATCH = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Done:
    """What a change of many pictures came to: those that it changed, and how many the person has no right to."""

    ids: list[UUID]
    refused: int = 0


def put(*, picture: Picture, by: User) -> None:
    """Put a picture into the bin. Raises PermissionDenied unless it is one's own, or shared and one moderates."""
    _one(put_all(workspace=picture.workspace, ids=[picture.pk], by=by))


def restore(*, picture: Picture, by: User) -> None:
    """Take a picture out of the bin. Raises PermissionDenied for whoever may not put it there."""
    _one(restore_all(workspace=picture.workspace, ids=[picture.pk], by=by))


@transaction.atomic
def put_all(*, workspace: Workspace, ids: Sequence[UUID], by: User) -> Done:
    """As `put`, for those of many that the person may delete."""
    rows, refused = _within_rights(Picture.there.filter(pk__in=ids), workspace, by)
    # Out of Explore too: who takes it back decides anew whether everybody sees it.
    Picture.objects.filter(pk__in=rows).update(deleted_at=Now(), deleted_by=by, published_at=None)
    _record("picture.binned", workspace, by, rows)
    return Done(rows, refused)


@transaction.atomic
def restore_all(*, workspace: Workspace, ids: Sequence[UUID], by: User) -> Done:
    """As `restore`, for many."""
    rows, refused = _within_rights(_offered().filter(pk__in=ids), workspace, by)
    Picture.objects.filter(pk__in=rows).update(deleted_at=None, deleted_by=None)
    _record("picture.restored", workspace, by, rows)
    return Done(rows, refused)


def delete_all(*, workspace: Workspace, ids: Sequence[UUID], by: User) -> Done:
    """Delete for good what lies in the bin: files and rows."""
    rows, refused = _within_rights(_offered().filter(pk__in=ids), workspace, by)
    done = [pk for pk in rows if _erase(pk)]
    _record("picture.deleted", workspace, by, done)
    return Done(done, refused)


def contents(*, workspace: Workspace, reader: User, before: datetime | None = None, limit: int = 60) -> list[Picture]:
    """What the reader could take back, last deleted first; with `before`, what was deleted earlier."""
    rows = _offered().filter(_may(workspace, reader), workspace=workspace).select_related("generation__requested_by")
    if before:
        rows = rows.filter(deleted_at__lt=before)
    return list(rows.order_by("-deleted_at", "generation", "index")[:limit])


def find(*, workspace: Workspace, reader: User, id: UUID) -> Picture:
    """A picture in the bin that the reader could take back. Raises Picture.DoesNotExist."""
    return _offered().filter(_may(workspace, reader), workspace=workspace).select_related("workspace").get(pk=id)


def purge() -> int:
    """Delete what has lain in the bin for thirty days; how many."""
    with scopes_disabled():
        old = _binned().filter(deleted_at__lt=timezone.now() - KEPT, workspace__deleted_at=None)
        due = list(old.order_by("deleted_at").values_list("pk", "workspace")[:BATCH])
        workspaces = Workspace.objects.in_bulk({workspace for _, workspace in due})
    gone = 0
    for pk, workspace in due:
        with scope(workspace=workspaces[workspace]):
            gone += _erase(pk, older_than=timezone.now() - KEPT)
    return gone


def _binned() -> QuerySet[Picture]:
    return Picture.objects.filter(deleted_at__isnull=False)


def _offered() -> QuerySet[Picture]:
    """Without what moderators keep back, which is theirs to give back."""
    return _binned().filter(held_key="")


def _may(workspace: Workspace, person: User) -> Q:
    """One's own; and of what is shared everything for those who moderate."""
    own = Q(generation__requested_by=person)
    return own | Q(generation__is_shared=True) if can(person, Action.MODERATE, workspace) else own


def _within_rights(rows: QuerySet[Picture], workspace: Workspace, by: User) -> tuple[list[UUID], int]:
    """Of these pictures the ones that the person may delete, locked in one order, and how many others they see."""
    seen = Q(generation__requested_by=by) | Q(generation__is_shared=True)
    rows = rows.filter(workspace=workspace)
    mine = list(rows.filter(_may(workspace, by)).order_by("pk").values_list("pk", flat=True))
    return mine, rows.filter(seen).exclude(pk__in=mine).count()


def _one(done: Done) -> None:
    if done.refused:
        raise PermissionDenied("Only who made a picture, or who moderates this workspace, may delete it.")


def _record(action: str, workspace: Workspace, by: User, ids: Sequence[UUID]) -> None:
    if ids:
        which = {"picture": str(ids[0])} if len(ids) == 1 else {}
        target = "a picture" if which else f"{len(ids)} pictures"
        audit.record(action, workspace=workspace, actor=by, target=target, pictures=len(ids), **which)


@transaction.atomic
def _erase(pk: UUID, *, older_than: datetime | None = None) -> bool:
    """The file before the row, so that whoever goes on after a crash still knows what is to be deleted."""
    rows = _binned().filter(deleted_at__lt=older_than) if older_than else _binned()
    picture = rows.select_for_update(of=("self",)).filter(pk=pk).first()
    if picture is None:
        return False
    # Files are named by their content: another picture of the generation may be the same.
    for key in filter(None, (picture.storage_key, picture.held_key)):
        if not Picture.objects.filter(Q(storage_key=key) | Q(held_key=key)).exclude(pk=pk).exists():
            archive.delete_file(key)
    picture.delete()
    return True
