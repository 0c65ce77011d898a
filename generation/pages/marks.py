"""What is done to one picture by a press of a key: rated, made a favourite, put into the bin and taken back."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import needs
from accounts.permissions import Action
from generation.models import Mark, Picture
from generation.pages.typed import PageRequest
from generation.services import bin as picture_bin
from generation.services import browse, marking

SWITCH = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
UNDO = "binned"
"""In the session: what was put into the bin just now, for the next page's Undo."""


@vary_on_headers("HX-Request", "Accept")
@require_POST
@needs(Action.SEE)
def mark(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """`rating` (0 to 5) and `favourite` (1 or 0), of which one may be missing: what the reader thinks of a picture."""
    picture = find(request, pk)
    rating, favourite = _rating(request), _switch(request)
    said = Mark()
    if rating is not None:
        said = marking.rate(picture, request.user, rating)
    if favourite is not None:
        said = marking.favourite(picture, request.user, favourite)
    state = {"picture": str(pk), "rating": said.rating, "favourite": said.is_favourite}
    return _answer(request, "marked", state, picture=pk)


@vary_on_headers("HX-Request", "Accept")
@require_POST
@needs(Action.SEE)
def put(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Into the bin; the gallery, where that leads, offers to undo it."""
    picture_bin.put(picture=find(request, pk), by=request.user)
    if not _is_script(request):
        request.session[UNDO] = [str(pk)]
    return _answer(request, "binned", {"picture": str(pk)})


@vary_on_headers("HX-Request", "Accept")
@require_POST
@needs(Action.SEE)
def restore(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Out of the bin; the same where it is out already."""
    try:
        picture = picture_bin.find(workspace=request.workspace, reader=request.user, id=pk)
        picture_bin.restore(picture=picture, by=request.user)
    except Picture.DoesNotExist:
        find(request, pk)
    return _answer(request, "restored", {"picture": str(pk)}, picture=pk)


def find(request: PageRequest, pk: UUID | str) -> Picture:
    """A picture that the reader sees; raises Http404."""
    try:
        return browse.picture(workspace=request.workspace, reader=request.user, id=UUID(str(pk)))
    except (Picture.DoesNotExist, ValueError) as error:
        raise Http404("No such picture.") from error


def back(request: HttpRequest, otherwise: str) -> str:
    """Where the form asked to go next, if that is on this site."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and ours else otherwise


def _rating(request: PageRequest) -> int | None:
    value = request.POST.get("rating")
    if value is None:
        return None
    if value not in {str(number) for number in range(Mark.MOST + 1)}:
        raise BadRequest(f"`rating` must be a number from 0 to {Mark.MOST}.")
    return int(value)


def _switch(request: PageRequest) -> bool | None:
    value = request.POST.get("favourite")
    if value is None and "rating" not in request.POST:
        raise BadRequest("`rating` or `favourite` must be given.")
    if value is not None and value not in SWITCH:
        raise BadRequest("`favourite` must be 1 or 0.")
    return None if value is None else SWITCH[value]


def _is_script(request: PageRequest) -> bool:
    return bool(request.htmx) or "application/json" in request.headers.get("Accept", "")


def _answer(
    request: PageRequest, event: str, state: Mapping[str, Any], *, picture: UUID | None = None
) -> HttpResponseBase:
    """htmx gets an event of this name and changes nothing by itself, other scripts get JSON, people the next page."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({event: state})})
    if _is_script(request):
        return JsonResponse(state)
    slug = request.workspace.slug
    there = reverse("pages:picture", args=[slug, picture]) if picture else reverse("pages:gallery", args=[slug])
    return redirect(back(request, there))
