"""The bin of a workspace: what the reader deleted, or as a moderator could take back, and when it is gone for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from accounts.pages.typed import needs
from accounts.permissions import Action
from generation.pages.cards import Shot
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import bin as picture_bin
from generation.services import room

PAGE = 60


@dataclass(frozen=True)
class Binned(Shot):
    """A picture in the bin."""

    @property
    def days_left(self) -> int:
        """Whole days until it is deleted for good, the one that has begun among them."""
        deleted_at = self.picture.deleted_at or timezone.now()
        return max(0, ceil((deleted_at + picture_bin.KEPT - timezone.now()) / timedelta(days=1)))


@require_safe
@needs(Action.SEE)
def show(request: PageRequest, slug: str) -> HttpResponse:
    """Last deleted first; `before` goes on with what was deleted earlier."""
    found = picture_bin.contents(
        workspace=request.workspace, reader=request.user, before=_before(request), limit=PAGE + 1
    )
    shown = found[:PAGE]
    last = shown[-1].deleted_at if len(found) > PAGE else None
    context = {
        "shots": [Binned(picture) for picture in shown],
        "ids": ",".join(str(picture.pk) for picture in shown),
        "next": last.isoformat() if last else "",
        "kept": picture_bin.KEPT.days,
        "room": room.words(sum(picture.byte_size for picture in shown)),
    }
    return studio(request, "pages/bin.html", context, place="gallery")


def _before(request: PageRequest) -> datetime | None:
    text = request.GET.get("before")
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise Http404("There is no such moment.")
    return found
