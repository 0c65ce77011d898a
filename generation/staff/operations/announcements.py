"""Announcements: what is told now, what will be, what was."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import staff
from accounts.models import Announcement
from accounts.services import announcements
from accounts.staff import StaffAction
from billing.plans import PLANS
from generation.staff.fields import MomentField
from generation.staff.frame import needs
from generation.staff.operations.page import page

LONGEST = timedelta(days=90)
LINES = 50


class AnnouncementForm(forms.Form):
    text = forms.CharField(max_length=240, widget=forms.TextInput({"autocomplete": "off"}))
    level = forms.ChoiceField(choices=Announcement.Level.choices)
    audience = forms.ChoiceField(label="For", choices=Announcement.Audience.choices)
    plan = forms.ChoiceField(
        required=False,
        choices=[("", "–"), *((plan.name, plan.label) for plan in PLANS.values())],
        help_text="Where it is for the workspaces of a plan.",
    )
    begins_at = MomentField(required=False, label="From", help_text="In UTC. Empty: from now on.")
    ends_at = MomentField(label="Until", help_text="In UTC, within 90 days.")

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        sent["begins_at"] = sent.get("begins_at") or timezone.now()
        ends_at = sent.get("ends_at")
        if ends_at and not sent["begins_at"] < ends_at < sent["begins_at"] + LONGEST:
            self.add_error("ends_at", "After it begins, and within 90 days.")
        elif ends_at and ends_at < timezone.now():
            self.add_error("ends_at", "A moment to come.")
        of_plan = sent.get("audience") == Announcement.Audience.PLAN
        if of_plan and not sent.get("plan"):
            self.add_error("plan", "Choose a plan.")
        if not of_plan:
            sent["plan"] = ""
        return sent


@needs(StaffAction.SEE_OPERATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponseBase:
    """All of them; on POST one more."""
    form = AnnouncementForm(request.POST or None)
    if request.method == "POST":
        staff.demand(request.user, StaffAction.OPERATE)
        if form.is_valid() and _announce(form):
            messages.success(request, "It is announced.")
            return redirect("staff:operations_announcements")
    context = {"form": form, "rows": Announcement.objects.order_by("-ends_at")[:LINES], "now": timezone.now()}
    status = 422 if form.errors else 200
    return page(request, "announcements", context, title="Announcements", tab="operations_announcements", status=status)


def _announce(form: AnnouncementForm) -> bool:
    try:
        announcements.announce(**form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


@needs(StaffAction.OPERATE)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = Announcement.objects.filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such announcement.")
    if announcements.end(found):
        messages.success(request, "It is told no more.")
    return redirect("staff:operations_announcements")
