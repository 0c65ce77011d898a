"""Collections of a workspace: all of them, one, what it is like and who sees it, and what is put in and taken out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages.typed import demand, needs
from accounts.permissions import Action, allows
from accounts.services.rights import Refused
from generation.models import Collection, CollectionEntry
from generation.pages import words
from generation.pages.cards import Shot
from generation.pages.collection_forms import CollectionForm
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import collections
from generation.services.collections import Standing

MOST_AT_ONCE = 500
"""Pictures of one request to add or remove."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.SEE)
def index(request: PageRequest, slug: str) -> HttpResponse:
    """All that the reader sees; on POST make one."""
    form = CollectionForm(request.POST or None)
    if request.method == "POST":
        demand(request, Action.CREATE)
        if form.is_valid() and (made := _make(request, form)):
            messages.success(request, "Your collection is ready. Add pictures to it from their pages.")
            return redirect("pages:collection", slug, made.pk)
    found = collections.listed(workspace=request.workspace, reader=request.user)
    context = {"listed": [_card(one) for one in found], "form": form}
    return studio(request, "collections/list.html", context, place="collections", status=422 if form.errors else 200)


@require_safe
@needs(Action.SEE)
def show(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Its pictures in order; with `?arrange` they can be moved and taken out."""
    found = find(request, pk)
    entries = collections.entries(collection=found, reader=request.user)
    rows, standing = list(entries), standing_of(request, found)
    context = {
        "collection": found,
        "rows": _rows(rows),
        "counted": words.counted(len(rows)),
        "may_edit": standing >= Standing.EDITOR,
        "is_owner": standing == Standing.OWNER,
        "arranges": standing >= Standing.EDITOR and "arrange" in request.GET,
    }
    return studio(request, "collections/show.html", context, place="collections")


@require_POST
@needs(Action.CREATE)
def add(request: PageRequest, slug: str) -> HttpResponse:
    """Put each `picture` into `collection`, or into a new one called `name`; then back to `next`, or to it."""
    # The gallery sends a closed stack as one value.
    chosen = ids([one for sent in request.POST.getlist("picture") for one in sent.split(",")])
    if request.POST.get("collection") == "new":
        form = CollectionForm({"name": request.POST.get("name", "")})
        into = _make(request, form) if form.is_valid() else None
        if into is None:
            messages.error(request, "Give the new collection a name of up to 80 letters.")
            return _back(request)
    else:
        into = find(request, request.POST.get("collection", ""))
    try:
        new = collections.add(collection=into, pictures=chosen, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = f"{words.counted(new)} added to {into.name}." if new else f"Already in {into.name}."
        messages.success(request, said)
    return _back(request, into)


@require_POST
@needs(Action.CREATE)
def remove(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take each `picture` out."""
    found = find(request, pk)
    gone = collections.remove(collection=found, pictures=ids(request.POST.getlist("picture")), by=request.user)
    messages.success(
        request, f"{words.counted(gone)} taken out. {'It stays' if gone == 1 else 'They stay'} in the gallery."
    )
    return _back(request, found)


@require_POST
@needs(Action.CREATE)
def move(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Put `picture` behind `after`, or first; a script is told only that it is done."""
    found, (picture,) = find(request, pk), ids([request.POST.get("picture", "")])
    after = ids([request.POST["after"]])[0] if request.POST.get("after") else None
    _in_it(lambda: collections.move(collection=found, picture=picture, after=after, by=request.user))
    return HttpResponse(status=204) if request.htmx else _arranging(request, found, picture)


@require_POST
@needs(Action.CREATE)
def cover(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Let `picture` stand for the collection."""
    found, (picture,) = find(request, pk), ids([request.POST.get("picture", "")])
    _in_it(lambda: collections.choose_cover(collection=found, picture=picture, by=request.user))
    messages.success(request, "This picture is the cover now.")
    return _arranging(request, found, picture)


def find(request: PageRequest, pk: UUID | str) -> Collection:
    try:
        return collections.get(workspace=request.workspace, reader=request.user, id=UUID(str(pk)))
    except (Collection.DoesNotExist, ValueError) as error:
        raise Http404("No such collection.") from error


def standing_of(request: PageRequest, collection: Collection) -> Standing:
    """Who may only look on in the workspace changes nothing here either."""
    may_change = allows(request.membership.role, Action.CREATE)
    return min(collections.standing(collection, request.user), Standing.OWNER if may_change else Standing.VIEWER)


def ids(given: list[str]) -> list[UUID]:
    """Raises BadRequest for what is no picture's id, and for too many."""
    try:
        found = [UUID(one) for one in given]
    except ValueError as error:
        raise BadRequest("`picture` is not the id of a picture.") from error
    if not 0 < len(found) <= MOST_AT_ONCE:
        raise BadRequest(f"Send from 1 to {MOST_AT_ONCE} pictures.")
    return found


def _make(request: PageRequest, form: CollectionForm) -> Collection | None:
    try:
        return collections.create(workspace=request.workspace, by=request.user, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


def _in_it(act: Callable[[], None]) -> None:
    try:
        act()
    except CollectionEntry.DoesNotExist as error:
        raise Http404("This picture is not in the collection.") from error


def _card(one: collections.Listed) -> dict[str, Any]:
    cover = Shot(one.cover) if one.cover else None
    return {"collection": one.collection, "counted": words.counted(one.count), "cover": cover}


def _rows(entries: list[CollectionEntry]) -> list[dict[str, Any]]:
    """With what a picture is put behind when it goes one place up or down; None where it cannot."""
    pictures = [entry.picture for entry in entries]
    before: list[Any] = [None, "", *(picture.pk for picture in pictures)]
    behind = [*(picture.pk for picture in pictures[1:]), None]
    return [
        {"shot": Shot(picture), "up": up, "down": down}
        for picture, up, down in zip(pictures, before, behind, strict=False)
    ]


def _arranging(request: PageRequest, collection: Collection, picture: UUID) -> HttpResponse:
    where = reverse("pages:collection", args=[request.workspace.slug, collection.pk])
    return redirect(f"{where}?arrange#picture-{picture}")


def _back(request: PageRequest, collection: Collection | None = None) -> HttpResponse:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    if collection is None:
        return redirect("pages:collections", request.workspace.slug)
    return redirect("pages:collection", request.workspace.slug, collection.pk)
