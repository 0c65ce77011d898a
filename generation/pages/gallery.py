"""The workspace's gallery."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import needs
from accounts.permissions import Action
from generation.models import Picture
from generation.pages.cards import Shot, shots
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import browse

PAGE = 40
COLLECTIONS = 12
"""That a picture can be put into from its page, last changed first."""


@dataclass(frozen=True)
class Page:
    """Some pictures, and the query that gives the ones after them ("" at the end)."""

    shots: list[Shot]
    next: str


@vary_on_headers("HX-Request")
@require_safe
@needs(Action.SEE)
def gallery(request: PageRequest, slug: str) -> HttpResponse:
    """Newest first; `?before=<picture>` goes on after that picture."""
    before = find(request, request.GET["before"]) if request.GET.get("before") else None
    context = {"page": _read(request, before)}
    if request.htmx:
        return render(request, "pages/parts/shots.html", context)
    return studio(request, "pages/gallery.html", context, place="gallery")


def _read(request: PageRequest, before: Picture | None) -> Page:
    # One more than is shown says whether there are more.
    after = before.pk if before else None
    found = browse.gallery(workspace=request.workspace, reader=request.user, before=after, limit=PAGE + 1)
    shown = found[:PAGE]
    following = urlencode({"before": shown[-1].pk}) if len(found) > PAGE else ""
    return Page(shots(shown, after=before), following)


def find(request: PageRequest, pk: UUID | str) -> Picture:
    """One picture that the reader sees; 404 for all others."""
    try:
        return browse.picture(workspace=request.workspace, reader=request.user, id=UUID(str(pk)))
    except (Picture.DoesNotExist, ValueError) as error:
        raise Http404("No such picture.") from error
