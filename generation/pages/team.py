"""Settings of a workspace and its members that are about pictures: the defaults, and each member's limits."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, Workspace
from accounts.pages.members import find
from accounts.pages.typed import needs
from accounts.permissions import Action
from billing.plans import plan_of
from billing.prices import MICROS_PER_DOLLAR
from generation import catalog
from generation.pages.forms import size_label
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import defaults, limits

SHARING = [
    ("shared", "Everybody in the workspace sees them"),
    ("private", "Only their maker sees them, until they share them"),
]


class DefaultsForm(forms.Form):
    mode = forms.ChoiceField(
        required=False, label="Mode", help_text="Where it is not part of the plan, the quickest is."
    )
    size = forms.ChoiceField(required=False, label="Shape", help_text="Modes without this size use their own.")
    sharing = forms.ChoiceField(choices=SHARING, label="New pictures", widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sizes = dict.fromkeys(size for mode in catalog.MODES.values() for size in mode.sizes)
        modes = [(mode.name, mode.label) for mode in catalog.MODES.values()]
        _offer(self, "mode", [("", "The quickest"), *modes])
        _offer(self, "size", [("", "The mode's own"), *((str(size), size_label(size)) for size in sizes)])


class LimitsForm(forms.Form):
    daily_pictures = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=1_000_000,
        label="Pictures a day",
        help_text="Leave it empty for no limit.",
    )
    monthly_dollars = forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(1_000_000),
        decimal_places=2,
        label="Credit a month, in dollars",
        help_text="What this person may spend, on the pages and by their API keys. Leave it empty for no limit.",
    )
    modes = forms.MultipleChoiceField(
        choices=[(mode.name, mode.label) for mode in catalog.MODES.values()],
        widget=forms.CheckboxSelectMultiple,
        label="Modes",
        error_messages={"required": "Leave at least one mode. To stop somebody drawing, make them a viewer."},
    )

    def wanted(self) -> dict[str, Any]:
        """What the service takes."""
        given = self.cleaned_data
        dollars, modes = given["monthly_dollars"], given["modes"]
        return {
            "daily_pictures": given["daily_pictures"],
            "monthly_micros": None if dollars is None else int(dollars * MICROS_PER_DOLLAR),
            # All of them is no limit, also for modes that are still to come.
            "modes": [] if len(modes) == len(catalog.MODES) else modes,
        }


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_SETTINGS)
def settings(request: PageRequest, slug: str) -> HttpResponse:
    """What new requests begin with, and who sees what comes of them."""
    workspace = request.workspace
    form = DefaultsForm(request.POST if request.method == "POST" else None, initial=_now(workspace))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        defaults.change(
            workspace=workspace,
            actor=request.user,
            mode=given["mode"],
            size=given["size"],
            shares_pictures=given["sharing"] == "shared",
        )
        messages.success(request, "Saved.")
        return redirect("pages:defaults", slug)
    context = {"form": form, "plan": plan_of(workspace)}
    return studio(request, "pages/defaults.html", context, place="team", status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_MEMBERS)
def member(request: PageRequest, slug: str, person: UUID) -> HttpResponse:
    """What one member may use."""
    target = find(request, person)
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=_limits(target))
    may = limits.reaches(request.membership.role, request.user, target)
    if form.is_bound and form.is_valid():
        limits.change(workspace=request.workspace, actor=request.user, person=target.user, **form.wanted())
        messages.success(request, "Saved.")
        return redirect("accounts:member", slug, target.user_id)
    context = {"form": form, "target": target, "may": may}
    return studio(request, "pages/limits.html", context, place="team", status=422 if form.is_bound else 200)


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def _now(workspace: Workspace) -> dict[str, Any]:
    return {
        "mode": workspace.default_mode,
        "size": workspace.default_size,
        "sharing": "shared" if workspace.shares_pictures else "private",
    }


def _limits(target: Membership) -> dict[str, Any]:
    micros = target.monthly_micros
    return {
        "daily_pictures": target.daily_pictures,
        "monthly_dollars": None if micros is None else f"{Decimal(micros) / MICROS_PER_DOLLAR:.2f}",
        "modes": target.modes or list(catalog.MODES),
    }
