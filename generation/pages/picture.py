"""The page of one picture, and its file in the format of one's choice."""

import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from accounts.pages.typed import needs
from accounts.permissions import Action, allows
from generation import storage
from generation.models import Mark, Picture
from generation.pages import tree
from generation.pages.cards import Shot
from generation.pages.frame import studio
from generation.pages.marks import find
from generation.pages.typed import PageRequest
from generation.services import browse, collections, copies, family, rates
from generation.storage import Format

COLLECTIONS = 12
"""Collections that are offered to take the picture."""

CAME_FROM = 500
"""Characters of the gallery's query that are kept from picture to picture."""


@dataclass(frozen=True)
class Addresses:
    """Where the page leads. `came` is the gallery's query (filters and all) that one came with: opaque here."""

    own: str
    gallery: str
    came: str

    @property
    def keep(self) -> str:
        """What addresses of other pictures end with, so that they stand in the same row."""
        return f"?{urlencode({'in': self.came})}" if self.came else ""

    @property
    def back(self) -> str:
        return f"{self.gallery}?{self.came}" if self.came else self.gallery

    @property
    def acts(self) -> dict[str, str]:
        """By name, what is done to the picture by POST."""
        return {name: f"{self.own}/{name}" for name in ("mark", "bin", "restore", "vary")}


@require_safe
@needs(Action.SEE)
def show(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """One picture with all that made it and came of it, between its neighbours in the gallery."""
    shown = find(request, pk)
    newer, older = browse.neighbours(picture=shown, reader=request.user)
    mark = Mark.objects.filter(workspace=request.workspace, picture=shown, person=request.user).first()
    relatives = family.of(picture=shown, reader=request.user)
    is_mine = shown.generation.requested_by_id == request.user.pk
    context = {
        "shot": Shot(shown),
        "newer": newer,
        "older": older,
        "at": addresses(request, shown),
        "mark": mark,
        "stars": range(1, Mark.MOST + 1),
        "tree": None if relatives.is_alone and not relatives.is_cut else tree.draw(relatives, here=shown),
        "is_mine": is_mine,
        "may_bin": is_mine or allows(request.membership.role, Action.MODERATE),
        "formats": storage.FORMATS,
        "collections": collections.editable(workspace=request.workspace, person=request.user)[:COLLECTIONS],
    }
    return studio(request, "pages/picture.html", context, place="picture")


@require_safe
@needs(Action.SEE)
def download(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """The picture as `?format=png|jpeg|webp`; it says what made it, but for `metadata=0`."""
    shown = find(request, pk)
    output_format = Format.read(request.GET.get("format", ""))
    tells = request.GET.get("metadata") != "0"
    etag = f'"{shown.sha256}-{output_format}-{int(tells)}"'
    if request.headers.get("If-None-Match") == etag:
        return _kept(HttpResponse(status=304), etag)
    rate = rates.of_downloads(request.user)
    if rate and rate.wait_ms:
        return _later(request, math.ceil(rate.wait_ms / 1000))
    try:
        file = copies.make(shown, output_format=output_format, tells=tells)
    except FileNotFoundError as error:
        raise Http404("This picture is no longer there.") from error
    name = storage.file_name(shown.storage_key, output_format)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return _kept(HttpResponse(file, content_type=f"image/{output_format.name}", headers=headers), etag)


def addresses(request: PageRequest, picture: Picture) -> Addresses:
    slug = request.workspace.slug
    came = request.GET.get("in", "")[:CAME_FROM].lstrip("?")
    return Addresses(reverse("pages:picture", args=[slug, picture.pk]), reverse("pages:gallery", args=[slug]), came)


def _kept(answer: HttpResponse, etag: str) -> HttpResponse:
    """By this browser alone, and not for longer than a page's own link to the picture would last."""
    answer.headers["ETag"] = etag
    patch_cache_control(answer, private=True, max_age=storage.URL_SECONDS)
    return answer


def _later(request: PageRequest, seconds: int) -> HttpResponse:
    context: dict[str, Any] = {"seconds": seconds}
    answer = render(request, "pages/too_many_downloads.html", context, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
