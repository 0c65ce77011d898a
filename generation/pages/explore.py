"""`/explore`: pictures that their makers show to everybody; and how they get there, and on into a composer."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.pages.typed import UserRequest, needs
from accounts.permissions import Action
from accounts.services import workspaces
from accounts.services.rights import Refused
from generation.models import Picture
from generation.pages.cards import Shot
from generation.pages.marks import find
from generation.pages.typed import PageRequest
from generation.services import explore

PAGE = 40
MOST_SEARCHED = 200
"""Characters of a search."""

KEPT = "remix"
"""Where a visitor's session keeps what they want to remix, until they are signed up."""


@vary_on_headers("HX-Request")
@require_safe
def index(request: UserRequest) -> HttpResponse:
    """Newest first; `?q=` looks for words, `?after=<picture>` goes on after that picture."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:MOST_SEARCHED]
    after = _find(request.GET["after"]) if request.GET.get("after") else None
    found = explore.newest(limit=PAGE + 1, after=after, search=words)
    shown = found[:PAGE]
    query = {"q": words} if words else {}
    more = urlencode(query | {"after": str(shown[-1].pk)}) if len(found) > PAGE else ""
    context = {"shots": [Shot(picture) for picture in shown], "more": more, "words": words}
    template = "explore/parts/shots.html" if request.htmx else "explore/list.html"
    return render(request, template, _frame(request) | context)


@require_safe
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One picture with what made it."""
    picture = _find(pk)
    is_mine = isinstance(request.user, User) and picture.generation.requested_by_id == request.user.pk
    context = {"shot": Shot(picture), "maker": explore.maker(picture), "is_mine": is_mine}
    return render(request, "explore/picture.html", _frame(request) | context)


@require_POST
def remix(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Into a composer; a visitor signs up on the way, and the session keeps what for."""
    picture = _find(pk)
    if not isinstance(request.user, User):
        request.session[KEPT] = str(picture.pk)
        return redirect("account_signup")
    workspace = workspaces.last(request.user, slug=request.session.get("workspace", ""))
    return redirect(f"{reverse('pages:create', args=[workspace.slug])}?remix={picture.pk}")


@require_POST
@needs(Action.CREATE)
def publish(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Show one's own picture to everybody, with one's `name` if that is ticked; or (`publish=0`) no longer."""
    picture = find(request, pk)
    try:
        if request.POST.get("publish") == "0":
            explore.unpublish(picture=picture, by=request.user)
            messages.success(request, "It is no longer in Explore.")
        else:
            explore.publish(picture=picture, by=request.user, names_maker="name" in request.POST)
            messages.success(request, "Everybody can see it in Explore now.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("pages:picture", slug, pk)


def given(request: HttpRequest) -> dict[str, Any]:
    """What a composer begins with, where something is to be remixed; nothing where it is no longer to be seen."""
    wanted = request.GET.get("remix") or request.session.pop(KEPT, "")
    try:
        return explore.remix(explore.get(wanted)) if wanted else {}
    except Picture.DoesNotExist:
        return {}


def _find(pk: UUID | str) -> Picture:
    try:
        return explore.get(pk)
    except Picture.DoesNotExist as error:
        raise Http404("No such picture.") from error


def _frame(request: HttpRequest) -> dict[str, Any]:
    """Members are in their studio, visitors at the front door."""
    frame = "studio.html" if request.user.is_authenticated else "public.html"
    return {"frame": frame, "place": "explore"}
