"""Finds what a workspace has made. Everything is looked up inside the workspace: others' ids are not found, nor are
those of pictures that their makers keep to themselves.
"""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User, Workspace
from generation.models import Feed, Generation, Mark, Picture, Tile

Status = Generation.Status


def visible_to(reader: User, *, of: str = "") -> Q:
    """The one rule for who sees what (decision 15): what is shared, and what the reader made.

    For generations; with `of="generation"` for what belongs to one. Nothing lifts it: admins see no private pictures.
    """
    path = f"{of}__" if of else ""
    if reader.hides_private:
        return Q(**{f"{path}is_shared": True})
    return Q(**{f"{path}is_shared": True}) | Q(**{f"{path}requested_by": reader})


def visible_tiles(reader: User) -> Q:
    """The same rule for tiles of the gallery, which hold copies of what it asks."""
    return Q(is_shared=True) | Q(maker=reader)


def generation(*, workspace: Workspace, reader: User, id: UUID | str) -> Generation:
    """One generation that the reader sees, with its pictures in order, those in the bin too.

    Raises Generation.DoesNotExist.
    """
    pictures = Prefetch("pictures", _marked(Picture.objects.order_by("index"), reader))
    rows = Generation.objects.select_related("workspace", "requested_by").prefetch_related(pictures)
    return rows.get(visible_to(reader), workspace=workspace, pk=id)


def stoppable(*, workspace: Workspace, reader: User, moderates: bool, id: UUID | str) -> Generation:
    """One generation that the reader may stop: their own, and who moderates any, seen or not.

    Raises Generation.DoesNotExist where it is hidden from them, PermissionDenied where it is only somebody else's.
    """
    rows = Generation.objects.filter(workspace=workspace)
    found = rows.get(pk=id) if moderates else rows.get(visible_to(reader), pk=id)
    if not moderates and found.requested_by_id != reader.pk:
        raise PermissionDenied("Your role in this workspace does not allow you to stop what others made.")
    return found


def picture(*, workspace: Workspace, reader: User, id: UUID | str) -> Picture:
    """One picture that the reader sees, with its generation. Raises Picture.DoesNotExist."""
    return _pictures(workspace, reader).select_related("generation__requested_by").get(pk=id)


def by_click(*, workspace: Workspace, person: User, click: str) -> Generation | None:
    """What this person's click made, which the page gave a name of its own."""
    rows = Generation.objects.filter(workspace=workspace, requested_by=person, source=Generation.Source.PAGE)
    found = rows.filter(idempotency_key=click).first()
    return generation(workspace=workspace, reader=person, id=found.pk) if found else None


def pictures(*, workspace: Workspace, reader: User, ids: Iterable[UUID]) -> list[Picture]:
    """Of these pictures those that the reader sees, with their generations, the newest request first."""
    rows = _pictures(workspace, reader).select_related("generation__requested_by").filter(pk__in=ids)
    return list(rows.order_by("-generation__created_at", "-generation", "index"))


def by_content(*, workspace: Workspace, reader: User, sha256: str) -> Picture | None:
    """The newest picture with this content that the reader sees."""
    rows = _pictures(workspace, reader).select_related("generation").filter(sha256=sha256)
    return rows.order_by("-created_at").first()


def _marked(pictures: QuerySet[Picture], reader: User | UUID | None) -> QuerySet[Picture]:
    """They know whether they are among the reader's favourites."""
    marks = Mark.objects.filter(picture=OuterRef("pk"), person=reader, is_favourite=True)
    return pictures.annotate(is_favourite=Exists(marks))


def _pictures(workspace: Workspace, reader: User) -> QuerySet[Picture]:
    return Picture.there.filter(visible_to(reader, of="generation"), workspace=workspace)


def recent(*, workspace: Workspace, requested_by: User, limit: int) -> list[Generation]:
    """What this person asked for on the pages of this workspace, newest first, with the pictures in order.

    Without what came in feeds: `recent_feeds` has those.
    """
    pictures = Prefetch("pictures", _marked(Picture.objects.order_by("index"), requested_by))
    rows = Generation.objects.filter(workspace=workspace, requested_by=requested_by, source=Generation.Source.PAGE)
    return list(
        rows.filter(feed=None)
        .select_related("workspace", "requested_by")
        .prefetch_related(pictures)
        .order_by("-created_at", "-id")[:limit]
    )


def recent_feeds(
    *, workspace: Workspace, person: User, limit: int, pictures: int
) -> list[tuple[Feed, list[Generation]]]:
    """This person's feeds, newest first, each with the newest of its generations that gave a picture."""
    marked = Prefetch("pictures", _marked(Picture.there.all(), person))
    drawn = Generation.objects.filter(status=Status.SUCCEEDED).prefetch_related(marked).order_by("-feed_index")
    rows = Feed.objects.filter(workspace=workspace, person=person).order_by("-created_at", "-id")
    found = rows.prefetch_related(Prefetch("generations", drawn[:pictures], to_attr="newest"))[:limit]
    return [(feed, feed.newest) for feed in found]


def feed(*, workspace: Workspace, person: User, id: UUID) -> Feed:
    """One of this person's feeds; nobody else reads it. Raises Feed.DoesNotExist."""
    return Feed.objects.get(workspace=workspace, person=person, pk=id)


def feed_row(*, feed: Feed, since: int, limit: int) -> list[Generation]:
    """The newest of a feed's generations from place `since` on, in order, with pictures; not those taken back
    or skipped."""
    rows = _kept(feed).filter(feed_index__gte=since).exclude(feed_index__in=feed.skipped)
    rows = rows.prefetch_related(Prefetch("pictures", _marked(Picture.there.all(), feed.person_id)))
    return list(rows.order_by("-feed_index")[:limit])[::-1]


def feed_before(*, feed: Feed, place: int) -> Generation | None:
    """What stands before `place` in the feed's row."""
    return _kept(feed).filter(feed_index__lt=place).order_by("-feed_index").first()


def feed_current(*, feed: Feed) -> Generation | None:
    """The generation that the feed's reader waits for."""
    return _kept(feed).filter(status__in=[Status.QUEUED, Status.RUNNING]).order_by("feed_index").first()


def feed_drawn(*, feed: Feed) -> int:
    """How many pictures the feed has given."""
    return _kept(feed).filter(status=Status.SUCCEEDED).count()


def _kept(feed: Feed) -> QuerySet[Generation]:
    return Generation.objects.filter(feed=feed).exclude(status=Status.CANCELED)


def neighbours(*, picture: Picture, reader: User) -> tuple[Picture | None, Picture | None]:
    """The pictures before and after this one in the gallery: of its own request first, then of the one beside it."""
    of_request = Picture.there.filter(generation=picture.generation_id)
    before = of_request.filter(index__lt=picture.index).order_by("-index").first()
    after = of_request.filter(index__gt=picture.index).order_by("index").first()
    return before or _beside(picture, reader, newer=True), after or _beside(picture, reader, newer=False)


def _beside(picture: Picture, reader: User, *, newer: bool) -> Picture | None:
    """The nearest picture of the request beside this one's."""
    at, pk = picture.generation.created_at, picture.generation_id
    side, sign = ("gt", "") if newer else ("lt", "-")
    # The first condition is implied by the second; it lets the index be used.
    beyond = Q(**{f"created_at__{side}e": at}) & (
        Q(**{f"created_at__{side}": at}) | Q(created_at=at, **{f"generation__{side}": pk})
    )
    tiles = Tile.objects.filter(visible_tiles(reader), beyond, workspace=picture.workspace_id)
    tile = tiles.order_by(f"{sign}created_at", f"{sign}generation").values("generation")[:1]
    return (
        Picture.there.filter(generation__in=list(tile.values_list("generation", flat=True)))
        .order_by("-index" if newer else "index")
        .first()
    )
