"""Pictures that their makers show to everybody: put in by `publish`, seen by `visible` alone."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from accounts.permissions import Action
from accounts.services import audit, rights
from accounts.services.rights import Refused
from generation.models import Picture

WORDS = 8
"""Of a search at most; more say little, and each is looked for by itself."""


def visible() -> QuerySet[Picture]:
    """All that Explore shows, of all workspaces. The one rule: what is not in here is shown to no visitor.

    What is made private, put into the bin, or belongs to a workspace or a person that is to be deleted is gone at once.
    To be evaluated where no scope holds.
    """
    return Picture.there.filter(
        published_at__isnull=False,
        held_key="",
        generation__is_shared=True,
        generation__requested_by__is_active=True,
        generation__requested_by__deletion_due_at=None,
        workspace__deletion_due_at=None,
    )


def newest(*, limit: int, after: Picture | None = None, search: str = "") -> list[Picture]:
    """Newest first, with generations and makers; with `after`, those that came in before that one."""
    with scopes_disabled():
        rows = _found(search).select_related("generation__requested_by").order_by("-published_at", "-pk")
        if after is not None:
            at = after.published_at
            # The first condition is implied by the second; it lets the index be used.
            rows = rows.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=after.pk), published_at__lte=at)
        return list(rows[:limit])


def get(id: UUID | str) -> Picture:
    """Raises Picture.DoesNotExist, also for an id that is none."""
    try:
        known = UUID(str(id))
    except ValueError as error:
        raise Picture.DoesNotExist from error
    with scopes_disabled():
        return visible().select_related("generation__requested_by").get(pk=known)


def maker(picture: Picture) -> str:
    """The name of who made it, if they want it to be there; else ""."""
    person = picture.generation.requested_by
    return person.display_name if picture.names_maker and person is not None else ""


def remix(picture: Picture) -> dict[str, Any]:
    """What a composer begins with to make something like it. Without the seed, which would draw it again."""
    made = picture.generation
    return {"prompt": made.prompt, "mode": made.mode, "size": str(made.size), "n": min(made.n, 4)}


@transaction.atomic
def publish(*, picture: Picture, by: User, names_maker: bool) -> Picture:
    """Show it to everybody. Raises PermissionDenied for others' pictures, Refused for one that is private."""
    row = _own(picture, by)
    rights.demand(by, Action.CREATE, row.workspace)
    if not row.generation.is_shared:
        raise Refused("Only you see this picture. Share it with the workspace first, then everybody may see it.")
    if row.deleted_at is not None:
        raise Refused("This picture is in the bin. Restore it first.")
    is_new = row.published_at is None
    row.published_at, row.names_maker = row.published_at or timezone.now(), names_maker
    row.save(update_fields=["published_at", "names_maker"])
    if is_new:
        _note("picture.published", row, by, name=names_maker)
    return row


@transaction.atomic
def unpublish(*, picture: Picture, by: User) -> Picture:
    """Raises PermissionDenied for others' pictures."""
    row = _own(picture, by)
    if row.published_at is not None:
        row.published_at = None
        row.save(update_fields=["published_at"])
        _note("picture.unpublished", row, by)
    return row


def _own(picture: Picture, by: User) -> Picture:
    rows = Picture.objects.select_for_update(of=("self",)).select_related("generation", "workspace")
    row = rows.get(pk=picture.pk)
    if row.generation.requested_by_id != by.pk:
        raise PermissionDenied("Only who made a picture shows it to everybody.")
    return row


def _note(action: str, row: Picture, by: User, **detail: bool) -> None:
    audit.record(action, workspace=row.workspace, actor=by, target=row.pk, **detail)


def _found(search: str) -> QuerySet[Picture]:
    rows = visible()
    for word in search.split()[:WORDS]:
        rows = rows.filter(generation__prompt__icontains=word)
    return rows
