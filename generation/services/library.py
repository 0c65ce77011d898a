"""What the gallery shows: requests with their pictures, newest first, and the days on which there are any."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from accounts.models import User, Workspace
from generation.models import Generation, Mark, Picture, PictureDay, Tile
from generation.services import browse, search
from generation.services.search import Wish

TAGGED = 100
NEAR = 10_000
"""Pictures that are walked over before the index of words is asked."""
TAGS = 24
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoSuchPlace(ValueError):
    """The text names no place in the gallery."""


@dataclass(frozen=True)
class Place:
    """Where a page of the gallery ended: what comes after it is older."""

    at: datetime
    generation: UUID

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1):x}-{self.generation.hex}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Raises NoSuchPlace."""
        at, _, pk = text.partition("-")
        try:
            return cls(EPOCH + timedelta(microseconds=int(at, 16)), UUID(pk))
        except (ValueError, OverflowError) as error:
            raise NoSuchPlace(text) from error


@dataclass(frozen=True)
class Stack:
    """One request with those of its pictures that are there and answer the wish, in order.

    Each picture has the reader's mark as `mine`.
    """

    generation: Generation
    pictures: list[Picture]

    @property
    def place(self) -> Place:
        return Place(self.generation.created_at, self.generation.pk)


def stacks(
    *,
    workspace: Workspace,
    reader: User,
    wish: Wish,
    counted: Mapping[date, int],
    after: Place | None = None,
    limit: int,
) -> list[Stack]:
    """The newest requests that the reader sees and wishes for; with `after`, those that come after that place.

    `counted` is what `days` gave.
    """
    rows = Tile.objects.filter(browse.visible_tiles(reader), workspace=workspace, **_asked(wish))
    if after:
        older = Q(created_at__lt=after.at) | Q(created_at=after.at, generation__lt=after.generation)
        # The first condition is implied by the second; it lets the index be used.
        rows = rows.filter(Q(created_at__lte=after.at) & older)
    tops = [top for top in (wish.until, after.at if after else None) if top]
    near = _near(counted, min(tops, default=None))
    with search.wanted(workspace=workspace, reader=reader, wish=wish):
        found = _first(rows, near, limit)
    # One after the other by key: the planner knows little of how many rows a wall lets through, and joins badly.
    generations = Generation.objects.select_related("requested_by").in_bulk(found)
    shown = _pictures(reader, wish, generations)
    return [Stack(generations[pk], shown[pk]) for pk in found if shown[pk]]


def days(*, workspace: Workspace, reader: User) -> dict[date, int]:
    """How many pictures that the reader sees were asked for on each day (in UTC), newest first."""
    rows = PictureDay.objects.filter(Q(maker=None) | Q(maker=reader), workspace=workspace)
    counted = rows.values_list("day").annotate(many=Sum("pictures")).filter(many__gt=0)
    return dict(counted.order_by("-day"))


def tags(*, workspace: Workspace, reader: User, counted: Mapping[date, int]) -> list[str]:
    """Tags to choose from: of the newest pictures that have any, the most used first."""
    rows = Tile.objects.filter(browse.visible_tiles(reader), workspace=workspace)
    with search.wanted(workspace=workspace, reader=reader, wish=Wish(is_tagged=True)):
        found = _first(rows, _near(counted, None), TAGGED)
    used = Counter(
        tag for tags in Picture.there.filter(generation__in=found).values_list("tags", flat=True) for tag in tags
    )
    return [tag for tag, _ in used.most_common(TAGS)]


def _asked(wish: Wish) -> dict[str, Any]:
    """What columns answer; words and facts are answered by `search.wanted`."""
    asked = {"created_at__gte": wish.since, "created_at__lt": wish.until, "maker": wish.maker}
    return {name: value for name, value in (asked | {"generation": wish.request}).items() if value is not None}


def _first(rows: QuerySet[Tile], near: datetime | None, limit: int) -> list[UUID]:
    """The newest of these tiles, found in one of two ways.

    What many tiles answer is soon found by walking back from the newest; what few answer, by the index of words. The
    planner cannot tell which, as row-level security keeps what it knows of words from it. So first the near ones are
    walked, and only if there are too few among them all are asked for by the index.
    """
    newest = rows.order_by("-created_at", "-generation").values_list("generation", flat=True)
    found = list((newest.filter(created_at__gte=near) if near else newest)[:limit])
    if near and len(found) < limit:
        search.by_words()
        found = list(newest[:limit])
    return found


def _near(counted: Mapping[date, int], top: datetime | None) -> datetime | None:
    """From when on there are `NEAR` pictures, up to `top`; None where there are not so many."""
    many = 0
    for day, pictures in counted.items():
        begin = datetime.combine(day, datetime.min.time(), UTC)
        if top is None or begin < top:
            if many + pictures >= NEAR:
                return begin + timedelta(days=1) * (1 - (NEAR - many) / pictures)
            many += pictures
    return None


def _pictures(reader: User, wish: Wish, generations: dict[UUID, Generation]) -> dict[UUID, list[Picture]]:
    """Those to be shown of each generation, with what the reader thinks of them."""
    pictures = list(Picture.there.filter(generation__in=list(generations)).order_by("generation", "index"))
    marks = Mark.objects.filter(person=reader, picture__in=[picture.pk for picture in pictures])
    by_picture = {mark.picture_id: mark for mark in marks}
    found: dict[UUID, list[Picture]] = defaultdict(list)
    for picture in pictures:
        picture.generation = generations[picture.generation_id]
        picture.mine = by_picture.get(picture.pk) or Mark()
        if _answers(picture, wish):
            found[picture.generation_id].append(picture)
    return found


def _answers(picture: Picture, wish: Wish) -> bool:
    """Whether a picture of a request that was found is itself what is looked for."""
    return (
        (wish.seed is None or picture.seed == wish.seed)
        and (not wish.tag or wish.tag in picture.tags)
        and (not wish.favourite or picture.mine.is_favourite)
        and picture.mine.rating >= wish.rating
    )
