"""The page of a feed: pictures of one prompt for as long as somebody reads on.

Scripts send with every request the place from which on they want to know the pictures' state (`since`).
"""

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import needs
from accounts.permissions import Action
from generation import catalog
from generation.models import Feed
from generation.pages import day
from generation.pages.cards import river
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import browse, feeds


@vary_on_headers("HX-Request")
@require_safe
@needs(Action.SEE)
def show(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The feed as it stands; looking at it does not wake it."""
    found = _find(request, pk)
    return _fragment(request, found) if request.htmx else _page(request, found)


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def read(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The reader is there, and has come to the first `seen` pictures."""
    day.remember(request)
    credit = {"0": False, "1": True}.get(request.POST.get("credit", ""))
    return _answer(request, feeds.read_on(feed=_find(request, pk), seen=_number(request, "seen"), use_credit=credit))


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def prompt(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Draw another prompt from the next picture on."""
    found, text = _find(request, pk), request.POST.get("prompt", "")
    try:
        return _answer(request, feeds.change_prompt(feed=found, prompt=text))
    except feeds.Invalid as invalid:
        if request.htmx:
            return JsonResponse({"errors": {name: said for name, (_, said) in invalid.errors.items()}}, status=422)
        return _page(request, found, typed=text, error=str(invalid), status=422)


@require_POST
@needs(Action.CREATE)
def skip(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Hide the picture at `place` from the feed, or (`?wanted=1`) show it again."""
    found, wanted = _find(request, pk), request.GET.get("wanted") == "1"
    feeds.skip(feed=found, place=_number(request, "place"), wanted=wanted)
    return HttpResponse(status=204) if request.htmx else redirect("pages:feed", request.workspace.slug, found.pk)


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def pause(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Begin no more pictures for now."""
    return _answer(request, feeds.pause(feed=_find(request, pk)))


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def end(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Stop drawing for good."""
    return _answer(request, feeds.end(feed=_find(request, pk)))


def _find(request: PageRequest, pk: UUID) -> Feed:
    try:
        return browse.feed(workspace=request.workspace, person=request.user, id=pk)
    except Feed.DoesNotExist as error:
        raise Http404("No such feed.") from error


def _number(request: PageRequest, name: str) -> int:
    value = request.POST.get(name) or request.GET.get(name) or "0"
    # Nine digits fit into every column that it is compared with.
    if not (value.isascii() and value.isdecimal() and len(value) <= 9):
        raise BadRequest(f"`{name}` must be a whole number of at most nine digits.")
    return int(value)


def _answer(request: PageRequest, found: Feed) -> HttpResponseBase:
    if not request.htmx:
        return redirect("pages:feed", request.workspace.slug, found.pk)
    answer = _fragment(request, found)
    day.tell(answer, day.of(request))
    return answer


def _fragment(request: PageRequest, found: Feed) -> HttpResponse:
    context = {"river": river(found, since=_number(request, "since"))}
    response = render(request, "pages/parts/river.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(
    request: PageRequest, found: Feed, *, typed: str | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    text = found.prompt if typed is None else typed
    today = day.of(request)
    context = {
        "chip": next(chip for chip in today.chips if chip.mode.name == feeds.MODE),
        "credit": today.credit,
        "cost": today.cost(feeds.MODE, 1, with_credit=found.uses_credit),
        "river": river(found),
        "prompt": text,
        "error": error,
        "typed": f"{len(text):,}",
        "limit": catalog.MAX_PROMPT,
        "limit_words": f"{catalog.MAX_PROMPT:,}",
    }
    return studio(request, "pages/feed.html", context, place="create", status=status)
