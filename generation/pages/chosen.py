"""What is done with pictures that were selected in the gallery or the bin, whichever button was pressed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import demand, needs
from accounts.permissions import Action
from generation.models import Picture
from generation.pages.marks import UNDO, back
from generation.pages.typed import PageRequest
from generation.pages.words import counted
from generation.services import bin as picture_bin
from generation.services import browse, marking, sharing, tagging, zips

MOST = 2000
"""Pictures that are changed at once."""


@dataclass(frozen=True)
class Done:
    """What came of it, in words; `ids` are those that are gone from the page, `url` where to go on."""

    said: str
    ids: list[UUID] = field(default_factory=list)
    url: str = ""
    is_undone: bool = False  # by putting `ids` back


class Refused(Exception):
    """Nothing was changed, and why."""


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.SEE)
def choose(request: PageRequest, slug: str) -> HttpResponseBase:
    """`do` says what, `picture` which: ids, of stacks several with commas between them."""
    act = DEEDS.get(request.POST.get("do", ""))
    if act is None:
        raise BadRequest(f"`do` must be one of: {', '.join(DEEDS)}.")
    try:
        ids = _ids(request)
        done = act(request, ids)
    except (Refused, tagging.Refused, zips.Refused) as refused:
        if request.htmx:
            return JsonResponse({"error": str(refused)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        messages.error(request, str(refused))
        return redirect(_from(request))
    if request.htmx:
        told = {"said": done.said, "ids": list(map(str, done.ids)), "url": done.url, "undo": done.is_undone}
        return JsonResponse(told)
    if done.is_undone:
        request.session[UNDO] = list(map(str, done.ids))
    elif not done.url:
        messages.success(request, done.said)
    return redirect(done.url or _from(request))


def _from(request: PageRequest) -> str:
    return back(request, reverse("pages:gallery", args=[request.workspace.slug]))


def _ids(request: PageRequest) -> list[UUID]:
    texts = [text for sent in request.POST.getlist("picture") for text in sent.split(",")]
    try:
        ids = list(dict.fromkeys(map(UUID, texts)))
    except ValueError as error:
        raise BadRequest("`picture` must be ids of pictures.") from error
    if not ids:
        raise Refused("Select pictures first.")
    if len(ids) > MOST:
        raise Refused(f"At most {MOST:,} pictures are changed at once; these are {len(ids):,}. Nothing was changed.")
    return ids


def _seen(request: PageRequest, ids: Sequence[UUID]) -> list[Picture]:
    """Those that the reader sees; others are none of their business, and are not spoken of."""
    found = browse.pictures(workspace=request.workspace, reader=request.user, ids=ids)
    if not found:
        raise Refused("These pictures are not there any more.")
    return found


def _download(request: PageRequest, ids: Sequence[UUID]) -> Done:
    pictures = _seen(request, ids)
    made = zips.ask(workspace=request.workspace, person=request.user, pictures=pictures)
    url = reverse("pages:zip", args=[request.workspace.slug, made.pk])
    return Done(f"A zip of {counted(len(pictures))} is being made.", url=url)


def _share(request: PageRequest, ids: Sequence[UUID]) -> Done:
    return _show(request, ids, is_shared=True)


def _hide(request: PageRequest, ids: Sequence[UUID]) -> Done:
    return _show(request, ids, is_shared=False)


def _show(request: PageRequest, ids: Sequence[UUID], *, is_shared: bool) -> Done:
    """Whole requests: one rule holds for all pictures of one."""
    requests = {picture.generation_id: picture.generation for picture in _seen(request, ids)}
    mine = [one for one in requests.values() if one.requested_by_id == request.user.pk]
    if not mine:
        raise Refused("Only who made a picture decides who sees it. Nothing was changed.")
    for generation in mine:
        sharing.share(generation=generation, by=request.user, is_shared=is_shared)
    said = "Everyone in the workspace sees them now." if is_shared else "Only you see them now."
    others = len(requests) - len(mine)
    return Done(f"{said} {others} that others made stay as they are." if others else said)


def _tag(request: PageRequest, ids: Sequence[UUID]) -> Done:
    demand(request, Action.CREATE)
    tag = tagging.clean(request.POST.get("tag", ""))
    return Done(f"{counted(tagging.add(_seen(request, ids), tag))} tagged “{tag}”.")


def _untag(request: PageRequest, ids: Sequence[UUID]) -> Done:
    demand(request, Action.CREATE)
    tag = tagging.clean(request.POST.get("tag", ""))
    return Done(f"“{tag}” taken off {counted(tagging.remove(_seen(request, ids), tag))}.")


def _favour(request: PageRequest, ids: Sequence[UUID]) -> Done:
    pictures = _seen(request, ids)
    marking.favourite_all(pictures, request.user, True)
    return Done(f"{counted(len(pictures))} among your favourites.")


def _unfavour(request: PageRequest, ids: Sequence[UUID]) -> Done:
    pictures = _seen(request, ids)
    marking.favourite_all(pictures, request.user, False)
    return Done(f"{counted(len(pictures))} taken out of your favourites.")


def _bin(request: PageRequest, ids: Sequence[UUID]) -> Done:
    done = picture_bin.put_all(workspace=request.workspace, ids=ids, by=request.user)
    return Done(_told(done, "moved to the bin", "delete"), done.ids, is_undone=True)


def _restore(request: PageRequest, ids: Sequence[UUID]) -> Done:
    done = picture_bin.restore_all(workspace=request.workspace, ids=ids, by=request.user)
    return Done(_told(done, "back in the gallery", "restore"), done.ids)


def _delete(request: PageRequest, ids: Sequence[UUID]) -> Done:
    done = picture_bin.delete_all(workspace=request.workspace, ids=ids, by=request.user)
    return Done(_told(done, "deleted for good", "delete"), done.ids)


def _told(done: picture_bin.Done, what: str, verb: str) -> str:
    if not done.ids and done.refused:
        raise Refused(f"Others made these: only they and who moderates the workspace may {verb} them.")
    if not done.ids:
        raise Refused("These pictures are not there any more.")
    said = f"{counted(len(done.ids))} {what}."
    return f"{said} {counted(done.refused)} of others stayed." if done.refused else said


DEEDS: dict[str, Callable[[PageRequest, Sequence[UUID]], Done]] = {
    "download": _download,
    "share": _share,
    "private": _hide,
    "tag": _tag,
    "untag": _untag,
    "favourite": _favour,
    "unfavourite": _unfavour,
    "bin": _bin,
    "restore": _restore,
    "delete": _delete,
}
