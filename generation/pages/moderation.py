"""Reports of pictures, and what makers see of decisions about theirs and say to them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages.typed import UserRequest, needs
from accounts.permissions import Action
from generation import storage
from generation.models import Picture, Report, Verdict
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import browse
from generation.services.moderation import appeals, reports

THANKS = "Thank you. Moderators look at it, and nobody learns that it was you."


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label="What is wrong with it?",
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is wrong with the picture."},
    )
    words = forms.CharField(
        label="What should moderators know?", required=False, max_length=500, widget=forms.Textarea({"rows": 3})
    )


class AppealForm(forms.Form):
    words = forms.CharField(
        label="Why is this wrong?",
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Say why this is wrong."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.SEE)
def report(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Tell moderators of a picture of the workspace."""
    try:
        picture = browse.picture(workspace=request.workspace, reader=request.user, id=pk)
    except Picture.DoesNotExist as error:
        raise Http404("No such picture.") from error
    return answer_report(request, picture, back=reverse("pages:picture", args=[slug, pk]))


def answer_report(request: UserRequest, picture: Picture, *, back: str) -> HttpResponseBase:
    """The page that reports a picture which the reader sees, and what it sends; then to the address in `back`."""
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            reports.report(picture=picture, reporter=request.user, **form.cleaned_data)
        except reports.TooMany as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, THANKS)
            return redirect(back)
    context = {
        "form": form,
        "picture": picture,
        "url": storage.picture_url(picture),
        "back": back,
        "is_reported": reports.has_reported(picture=picture, person=request.user),
        "place": "picture",
    }
    return render(request, "moderation/report.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Action.SEE)
def decisions(request: PageRequest, slug: str) -> HttpResponse:
    """What was decided about what the reader made here."""
    found = appeals.mine(workspace=request.workspace, person=request.user)
    return studio(request, "moderation/decisions.html", {"verdicts": found}, place="")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.SEE)
def decision(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One of them, to be objected to once."""
    verdict = _mine(request, pk)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            appeals.appeal(verdict=verdict, person=request.user, words=form.cleaned_data["words"])
        except appeals.Refused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, "Thank you. A moderator looks at it and writes to you.")
            return redirect("pages:decision", slug, pk)
    context: dict[str, Any] = {
        "verdict": verdict,
        "form": form,
        "can_appeal": appeals.can_appeal(verdict) or bool(form.errors),
        "appeal": getattr(verdict, "appeal", None),
        "url": storage.picture_url(verdict.picture) if verdict.picture else "",
    }
    return studio(request, "moderation/decision.html", context, place="", status=422 if form.errors else 200)


def _mine(request: PageRequest, pk: UUID) -> Verdict:
    try:
        return appeals.one(workspace=request.workspace, person=request.user, id=pk)
    except Verdict.DoesNotExist as error:
        raise Http404("No such decision.") from error
