"""The page of one generation: what was asked, what became of it, what it cost, and what staff do about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_scopes import scope

from accounts import staff
from accounts.models import User
from accounts.staff import StaffAction
from billing import amounts
from generation import storage
from generation.models import ApiCall, Generation, Picture
from generation.services import refund, steer, story, stuck
from generation.staff import timeline
from generation.staff.deeds import Bad, Deed, ReasonForm, offers
from generation.staff.frame import needs, panel

LINES = 50
HIDDEN = {"id", "prompt", "request_hash", "idempotency_key", "error_message", "workspace", "requested_by"}
Status = Generation.Status


class RefundForm(ReasonForm):
    picture = forms.IntegerField(min_value=1, label="Picture", help_text="Its number among those of this request.")
    field_order = ("picture", "reason")


def _stop(generation: Generation, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    steer.stop(generation=generation, reason=values["reason"], by=by)
    return "It is asked to stop."


def _again(generation: Generation, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    steer.again(generation=generation, reason=values["reason"], by=by)
    return "It is in the line again."


def _refund(generation: Generation, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    found = Picture.objects.filter(generation=generation, index=values["picture"] - 1).first()
    if found is None:
        raise ValueError("There is no such picture.")
    micros = refund.refund(picture=found, reason=values["reason"], by=by)
    return f"{amounts.dollars(micros)} went back." if micros else "This picture was refunded before."


def _may_go_on(generation: Generation) -> bool:
    is_lost = generation.lease_until is not None and generation.lease_until < timezone.now()
    return generation.status in (Status.QUEUED, Status.FAILED) or (generation.status == Status.RUNNING and is_lost)


DEEDS = (
    Deed("refund", "Refund a picture", StaffAction.REFUND, _refund, RefundForm, shows=lambda g: bool(g.price_micros),
         words="What it cost goes back to where it came from. The picture stays. The workspace reads the reason."),
    Deed("again", "Queue it again", StaffAction.STEER_GENERATIONS, _again, shows=_may_go_on,
         words="What is missing is drawn, and paid for as it would have been. What is there is not charged again."),
    Deed("stop", "Stop it", StaffAction.STEER_GENERATIONS, _stop, shows=lambda g: not g.is_over, is_danger=True),
)  # fmt: skip


def find(pk: UUID) -> Generation | None:
    rows = Generation.objects.select_related("workspace", "requested_by", "api_key", "feed", "reference", "batch")
    return rows.filter(pk=pk).first()


@needs(StaffAction.SEE_GENERATIONS)
@require_safe
def show(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    return page(request, pk)


@needs(StaffAction.SEE_GENERATIONS)
@require_safe
def show_stuck(request: HttpRequest) -> HttpResponseBase:
    """What does not come on by itself."""
    rows = stuck.rows().select_related("workspace", "requested_by")[:LINES]
    newest = Generation.objects.select_related("workspace", "requested_by").order_by("-created_at")[:20]
    context = {"rows": rows, "newest": newest, "place": "generations"}
    return panel(request, "staff/stuck.html", context, title="Generations")


def page(request: HttpRequest, pk: UUID, *, bad: Bad = None) -> HttpResponseBase:
    """With the form that came back with errors, if one did."""
    generation = find(pk)
    if generation is None:
        raise Http404("There is no such generation.")
    moments, is_seen = story.of(generation), _may_be_seen(generation)
    with scope(workspace=generation.workspace):
        pictures = list(Picture.objects.filter(generation=generation).order_by("index"))
        calls = list(ApiCall.objects.filter(generation=generation).order_by("created_at")[:20])
    sees_money = staff.may(request.user, StaffAction.SEE_MONEY) or staff.may(request.user, StaffAction.REFUND)
    context = {
        "about": generation,
        "facts": _facts(generation),
        "pictures": [(one, storage.picture_url(one) if is_seen else "") for one in pictures],
        "is_private": not is_seen,
        "calls": calls,
        "timeline": timeline.draw(moments),
        "moments": [(timeline.seconds(one.at - moments[0].at), one) for one in moments],
        "money": [one for one in moments if one.lane == story.Lane.LEDGER] if sees_money else [],
        "sees_money": sees_money,
        "offers": offers(request, generation, DEEDS, reverse("staff:generation", args=[pk]), bad),
        "place": "generations",
    }
    return panel(
        request, "staff/generation.html", context, title=f"Generation {str(pk)[:8]}", status=422 if bad else 200
    )


def _facts(generation: Generation) -> list[tuple[str, object]]:
    """All parameters as they are stored."""
    fields = [field for field in Generation._meta.concrete_fields if field.name not in HIDDEN]
    values = [(str(field.verbose_name), getattr(generation, field.name)) for field in fields]
    return [(name, _plain(value)) for name, value in values if value not in (None, "")]


def _plain(value: object) -> object:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value


def _may_be_seen(generation: Generation) -> bool:
    """What its maker keeps to themselves is shown to staff where the maker has said so."""
    if generation.is_shared:
        return True
    maker = generation.requested_by
    return maker is not None and maker.support_until is not None and maker.support_until > timezone.now()
