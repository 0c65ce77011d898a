"""Features: on for everybody, off for everybody, or on for some plans and workspaces."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Switch, Workspace
from accounts.services import switches
from accounts.staff import StaffAction
from billing.plans import PLANS
from generation.staff.fields import workspace_of
from generation.staff.frame import needs
from generation.staff.operations.page import page

MOST = 100


class SwitchForm(forms.Form):
    state = forms.ChoiceField(label="It is", choices=Switch.State.choices)
    plans = forms.MultipleChoiceField(
        label="Plans that have it",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(plan.name, plan.label) for plan in PLANS.values()],
    )
    workspaces = forms.CharField(
        label="Workspaces that have it",
        required=False,
        max_length=8000,
        help_text="Their addresses or ids, with spaces between.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    message = forms.CharField(
        label="What people read where it is off",
        required=False,
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def clean_workspaces(self) -> list[Workspace]:
        named = self.cleaned_data["workspaces"].replace(",", " ").split()
        if len(named) > MOST:
            raise ValidationError(f"At most {MOST}. Choose plans for more.")
        found = {name: workspace_of(name) for name in named}
        if unknown := [name for name, workspace in found.items() if workspace is None]:
            raise ValidationError(f"There is no workspace {', '.join(unknown[:3])}.")
        return [workspace for workspace in found.values() if workspace]


@needs(StaffAction.SEE_OPERATIONS)
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    return _page(request)


@needs(StaffAction.OPERATE)
@require_POST
def turn(request: HttpRequest, name: str) -> HttpResponseBase:
    """Say for whom one feature is there."""
    if name not in Switch.Name.values:
        raise Http404("There is no such feature.")
    form = SwitchForm(request.POST, auto_id=f"{name}_%s")
    if form.is_valid():
        sent = form.cleaned_data
        keys = [workspace.pk for workspace in sent["workspaces"]]
        try:
            switches.turn(name, state=sent["state"], plans=sent["plans"], workspaces=keys, message=sent["message"])
        except ValueError as error:
            form.add_error("state", str(error))
        else:
            messages.success(request, f"{Switch.Name(name).label}: {Switch.State(sent['state']).label.lower()}.")
            return redirect("staff:operations_switches")
    return _page(request, bad=(name, form), status=422)


def _page(request: HttpRequest, bad: tuple[str, forms.Form] | None = None, status: int = 200) -> HttpResponseBase:
    rows = {row.name: row for row in Switch.objects.all()}
    keys = {key for row in rows.values() for key in row.workspaces}
    slugs = dict(Workspace.objects.filter(pk__in=keys).values_list("pk", "slug"))
    features = []
    for choice in Switch.Name:
        row = rows.get(choice.value) or Switch(name=choice.value)
        named = [slugs[key] for key in row.workspaces if key in slugs]
        form = (
            bad[1]
            if bad and bad[0] == choice.value
            else SwitchForm(initial=_initial(row, named), auto_id=f"{choice.value}_%s")
        )
        features.append({"row": row, "named": named, "form": form, "default": switches.CLOSED[choice.value]})
    return page(request, "switches", {"features": features}, title="Features", tab="operations_switches", status=status)


def _initial(row: Switch, named: list[str]) -> dict[str, Any]:
    return {"state": row.state, "plans": row.plans, "workspaces": " ".join(named), "message": row.message}
