"""Finds what a workspace has made. Everything is looked up inside the workspace: others' ids are not found."""

from uuid import UUID

from django.db.models import Prefetch, Q

from accounts.models import User, Workspace
from generation.models import Generation, Picture


def gallery(*, workspace: Workspace, before: UUID | str | None = None, limit: int = 40) -> list[Picture]:
    """The newest pictures with their generations; with `before`, those older than that picture.

    Raises Picture.DoesNotExist when `before` is none of the workspace's pictures.
    """
    rows = Picture.objects.filter(workspace=workspace).select_related("generation__requested_by")
    rows = rows.order_by("-created_at", "-id")
    if before is not None:
        last = picture(workspace=workspace, id=before)
        older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        # The first condition is implied by the second; it lets the index be used.
        rows = rows.filter(Q(created_at__lte=last.created_at) & older)
    return list(rows[:limit])


def generation(*, workspace: Workspace, id: UUID | str) -> Generation:
    """One generation with its pictures in order. Raises Generation.DoesNotExist."""
    pictures = Prefetch("pictures", Picture.objects.order_by("index"))
    rows = Generation.objects.select_related("workspace", "requested_by").prefetch_related(pictures)
    return rows.get(workspace=workspace, pk=id)


def picture(*, workspace: Workspace, id: UUID | str) -> Picture:
    """One picture with its generation. Raises Picture.DoesNotExist."""
    return Picture.objects.select_related("generation__requested_by").get(workspace=workspace, pk=id)


def recent(*, workspace: Workspace, requested_by: User, limit: int) -> list[Generation]:
    """What this person asked for on the pages of this workspace, newest first, with the pictures in order."""
    pictures = Prefetch("pictures", Picture.objects.order_by("index"))
    rows = Generation.objects.filter(workspace=workspace, requested_by=requested_by, source=Generation.Source.PAGE)
    return list(
        rows.select_related("workspace", "requested_by")
        .prefetch_related(pictures)
        .order_by("-created_at", "-id")[:limit]
    )


def neighbours(*, picture: Picture) -> tuple[Picture | None, Picture | None]:
    """The next newer and the next older picture in the gallery that `picture` stands in."""
    rows = Picture.objects.filter(workspace=picture.workspace_id)
    at, pk = picture.created_at, picture.pk
    newer = rows.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk)).order_by("created_at", "id").first()
    older = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)).order_by("-created_at", "-id").first()
    return newer, older
