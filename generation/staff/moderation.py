"""The queue of moderation: what was found, reported or objected to, decided by key or by button."""

import io
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe
from PIL import Image

from accounts.models import User
from accounts.services import audit, making
from accounts.staff import StaffAction
from generation.models import Verdict
from generation.services.moderation import decide as deciding
from generation.services.moderation import holding, queue
from generation.staff.frame import needs, panel

SIDE = 640
"""Pixels of the longer side of a picture in the queue."""

CHOICES = (
    ("allow", "a", "Allow"),
    ("blur", "b", "Blur"),
    ("remove", "r", "Remove"),
    ("warn", "w", "Warn"),
    ("lock", "l", "Lock"),
)
LOCKED_SHOWN = 100


@needs(StaffAction.MODERATE)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The oldest of what waits."""
    by = _user(request)
    context = {"cases": queue.cases(by), "waiting": queue.waiting(by).count(), "choices": CHOICES, "place": "queue"}
    return panel(request, "staff/moderation/queue.html", context, title="Moderation")


@needs(StaffAction.MODERATE)
@require_safe
def case(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One case with all that is known about it, decided or not."""
    verdict = _find(pk)
    is_open = verdict.state != Verdict.State.SETTLED and verdict.first_by_id != request.user.pk
    context = {
        "case": queue.case(verdict),
        "history": [one for one in queue.history(verdict.generation.requested_by) if one.pk != verdict.pk],
        "choices": CHOICES if is_open else (),
        "is_whole": True,
        "place": "queue",
    }
    return panel(request, "staff/moderation/case.html", context, title="A case")


@needs(StaffAction.MODERATE)
@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What `outcome` says: a decision, or "second" for a second pair of eyes. Scripts get 204, or 409 with why not."""
    verdict, by, outcome = _find(pk), _user(request), request.POST.get("outcome", "")
    try:
        if outcome == "second":
            deciding.ask_second(verdict=verdict, by=by)
        else:
            deciding.decide(verdict=verdict, by=by, outcome=outcome, words=request.POST.get("words", ""))
    except deciding.Refused as refusal:
        return _answer(request, str(refusal))
    except OSError as error:
        return _answer(
            request, f"The picture's file cannot be read, so nothing was changed: {error.strerror or error}."
        )
    return _answer(request)


@needs(StaffAction.MODERATE)
@require_safe
def picture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The picture of a case: blurred, or as it was drawn with `clear=1`, which is noted where it is private."""
    verdict = _find(pk)
    is_clear = request.GET.get("clear") == "1"
    try:
        png = _png(verdict)
    except OSError:
        # It may have been moved this moment, by a decision.
        png = _png_again(pk)
    if is_clear and not verdict.generation.is_shared:
        audit.record("moderation.seen", workspace=verdict.workspace, target=verdict.picture_id or verdict.generation_id)
    response = HttpResponse(_small(png if is_clear else holding.blurred(png)), content_type="image/webp")
    response.headers["Cache-Control"] = "no-store" if is_clear else "private, max-age=600"
    return response


@needs(StaffAction.MODERATE)
@require_safe
def locked(request: HttpRequest) -> HttpResponseBase:
    """Who may not make pictures."""
    people = User.objects.filter(locked_from_making_at__isnull=False).order_by("-locked_from_making_at")
    context = {"people": people[:LOCKED_SHOWN], "place": "locked"}
    return panel(request, "staff/moderation/locked.html", context, title="Locked from making")


@needs(StaffAction.MODERATE)
@require_POST
def unlock(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    person = User.objects.filter(pk=pk).first()
    if person is None:
        raise Http404("No such person.")
    making.unlock(person=person, by=_user(request))
    messages.success(request, f"{person.email} may make pictures again.")
    return redirect("staff:moderation_locked")


def _find(pk: UUID) -> Verdict:
    try:
        return deciding.find(pk)
    except Verdict.DoesNotExist as error:
        raise Http404("No such case.") from error


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _answer(request: HttpRequest, trouble: str = "") -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return JsonResponse({"message": trouble}, status=409) if trouble else HttpResponse(status=204)
    if trouble:
        messages.error(request, trouble)
    return redirect("staff:moderation")


def _png(verdict: Verdict) -> bytes:
    """Raises OSError."""
    if verdict.picture:
        return holding.clear_png(verdict.picture)
    if not verdict.file_key:
        raise FileNotFoundError
    return holding.read(verdict.file_key)


def _png_again(pk: UUID) -> bytes:
    try:
        return _png(_find(pk))
    except OSError as error:
        raise Http404("The picture is no longer there.") from error


def _small(png: bytes) -> bytes:
    target = io.BytesIO()
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE))
    small.save(target, "WEBP", quality=85)
    return target.getvalue()
