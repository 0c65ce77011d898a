"""The workspace's gallery."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import needs
from accounts.permissions import Action
from generation.pages import filters
from generation.pages.cards import Shot, day_name
from generation.pages.filters import FilterForm
from generation.pages.frame import studio
from generation.pages.marks import UNDO
from generation.pages.typed import PageRequest
from generation.services import collections, library
from generation.services.library import NoSuchPlace, Place, Stack
from generation.services.search import Wish
from generation.services.tagging import LONGEST

PAGE = 40
COLLECTIONS = 12
"""That selected pictures can be put into, last changed first."""


@dataclass(frozen=True)
class Tile:
    """A stack as the gallery shows it: by its first picture, the others behind it."""

    shots: list[Shot]

    @property
    def first(self) -> Shot:
        return self.shots[0]

    @property
    def behind(self) -> list[Shot]:
        return self.shots[1:]

    @property
    def ids(self) -> str:
        return ",".join(str(shot.picture.pk) for shot in self.shots)


@dataclass(frozen=True)
class Day:
    """What was asked for on one day. `opens`: no earlier page began it."""

    day: date
    tiles: list[Tile]
    opens: bool

    @property
    def name(self) -> str:
        return day_name(self.day)


@dataclass(frozen=True)
class Page:
    """Some days of tiles, and the query that gives the ones after them ("" at the end)."""

    days: list[Day]
    next: str


@dataclass(frozen=True)
class Month:
    """A month of the timeline, with how many pictures there are of it and of its days."""

    first: date
    days: list[tuple[date, int]]
    is_open: bool
    query: str  # of the filters that stay on
    opens_year: bool

    @property
    def pictures(self) -> int:
        return sum(many for _, many in self.days)


@vary_on_headers("HX-Request", "HX-Target")
@require_safe
@needs(Action.SEE)
def gallery(request: PageRequest, slug: str) -> HttpResponse:
    """Newest first, as the filters of the address say; `before` goes on from a place, `at` from a day or month."""
    form = FilterForm(request.GET, workspace=request.workspace)
    after, at = _place(request), request.GET.get("at", "")
    counted = library.days(workspace=request.workspace, reader=request.user)
    context = {"page": _read(request, form, after, at, counted), "filters": form}
    if request.htmx and after and not request.htmx.history_restore_request:
        return render(request, "pages/parts/shots.html", context)
    context |= _around(form, at, counted)
    if request.htmx.target == "library" and not request.htmx.history_restore_request:
        return render(request, "pages/parts/library.html", context)
    context |= {
        "undo": request.session.pop(UNDO, None),
        "tags": library.tags(workspace=request.workspace, reader=request.user, counted=counted),
        "longest": LONGEST,
        "collections": collections.editable(workspace=request.workspace, person=request.user)[:COLLECTIONS],
    }
    return studio(request, "pages/gallery.html", context, place="gallery")


def _place(request: PageRequest) -> Place | None:
    text = request.GET.get("before")
    try:
        return Place.read(text) if text else None
    except NoSuchPlace as error:
        raise Http404("No such place in the gallery.") from error


def _wish(form: FilterForm, at: str) -> Wish:
    try:
        return filters.up_to(form.wish(), at) if at else form.wish()
    except (ValueError, OverflowError) as error:
        raise Http404("There is no such day.") from error


def _read(request: PageRequest, form: FilterForm, after: Place | None, at: str, counted: dict[date, int]) -> Page:
    wish = _wish(form, at)
    # One more than is shown says whether there are more.
    found = library.stacks(
        workspace=request.workspace, reader=request.user, wish=wish, counted=counted, after=after, limit=PAGE + 1
    )
    shown = found[:PAGE]
    following = urlencode(form.kept | {"before": str(shown[-1].place)}) if len(found) > PAGE else ""
    return Page(list(_days(shown, after, apart=wish.request is not None)), following)


def _days(stacks: list[Stack], after: Place | None, *, apart: bool) -> Iterator[Day]:
    """`apart`: every picture by itself."""
    before = timezone.localtime(after.at).date() if after else None
    for day, of_day in groupby(stacks, lambda stack: timezone.localtime(stack.generation.created_at).date()):
        shots = [[Shot(picture) for picture in stack.pictures] for stack in of_day]
        tiles = [Tile([shot]) for stack in shots for shot in stack] if apart else [Tile(stack) for stack in shots]
        yield Day(day, tiles, opens=day != before)


def _around(form: FilterForm, at: str, counted: dict[date, int]) -> dict[str, object]:
    """The filters that are on, and the timeline."""
    return {
        "chips": filters.chips(form),
        "at": _jumped_to(at),
        "newest": urlencode(form.kept),
        "timeline": list(_months(counted, at[:7], form.kept)),
        "is_filtered": bool(form.kept or form.errors),
    }


def _months(counted: dict[date, int], opened: str, kept: dict[str, str]) -> Iterator[Month]:
    """Newest first; the one that is looked at shows its days, and else the newest does."""
    query, year = urlencode(kept), None
    for number, (first, days) in enumerate(groupby(counted.items(), lambda item: item[0].replace(day=1))):
        is_open = f"{first:%Y-%m}" == opened if opened else number == 0
        yield Month(first, list(days), is_open, query, opens_year=first.year != year)
        year = first.year


def _jumped_to(at: str) -> str:
    """Where the page begins, in words."""
    if not at:
        return ""
    return day_name(date.fromisoformat(at)) if at.count("-") == 2 else f"{date.fromisoformat(f'{at}-01'):%B %Y}"
