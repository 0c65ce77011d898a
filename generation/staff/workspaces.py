"""The page of a workspace: what it holds, who is in it, what it did, and what staff give to it."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_scopes import scope

from accounts import staff
from accounts.models import ApiKey, Membership, Note, User, Workspace
from accounts.services import trail
from accounts.staff import StaffAction
from billing import ledger, plans
from billing.models import Customer, EntitlementGrant, PlanGrant, Subscription, Transaction
from billing.services import grants
from generation import chart
from generation.models import ApiCall, Generation
from generation.services import room, usage
from generation.staff.deeds import Bad, Deed, offers
from generation.staff.frame import needs, panel
from generation.staff.lines import entry
from generation.staff.people import NoteForm, write_note

LINES = 15
DAYS = 30
DRAWN = chart.Series("pictures", "is-1")


class PlanForm(forms.Form):
    plan = forms.ChoiceField(choices=PlanGrant.Plan.choices)
    last_day = forms.DateField(
        label="Last day, in UTC", widget=forms.DateInput({"type": "date"}), help_text="It ends at midnight after it."
    )
    reason = forms.CharField(max_length=200, error_messages={"required": "Say why, in a few words."})

    def clean_last_day(self) -> datetime:
        day = self.cleaned_data["last_day"]
        if day < timezone.now().date():
            raise forms.ValidationError("A day to come.")
        return datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone())


class EntitlementForm(PlanForm):
    name = forms.ChoiceField(label="What", choices=EntitlementGrant.Name.choices)
    amount = forms.IntegerField(
        min_value=1, max_value=10**6, initial=1, help_text="The new value, where it is better than the plan’s."
    )
    field_order = ("name", "amount", "last_day", "reason")
    plan = None  # type: ignore[assignment]  # the way in which Django takes an inherited field away


def _give_plan(workspace: Workspace, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    ends_at = values["last_day"]
    grants.grant_plan(workspace=workspace, plan=values["plan"], reason=values["reason"], ends_at=ends_at, by=by)
    return "The plan is given."


def _give(workspace: Workspace, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    given = EntitlementGrant(
        workspace=workspace,
        name=values["name"],
        amount=values["amount"],
        reason=values["reason"],
        ends_at=values["last_day"],
    )
    grants.give(given, by=by)
    return "It is given."


DEEDS = (
    Deed("note", "Write a note", StaffAction.HELP_PEOPLE, write_note, NoteForm),
    Deed("plan", "Give a plan", StaffAction.GRANT, _give_plan, PlanForm),
    Deed("entitlement", "Give an entitlement", StaffAction.GRANT, _give, EntitlementForm),
)


def find(pk: UUID) -> Workspace | None:
    return Workspace.objects.filter(pk=pk).first()


@needs(StaffAction.SEE_PEOPLE)
@require_safe
def show(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    return page(request, pk)


def page(request: HttpRequest, pk: UUID, *, bad: Bad = None) -> HttpResponseBase:
    """With the form that came back with errors, if one did."""
    workspace = find(pk)
    if workspace is None:
        raise Http404("There is no such workspace.")
    with scope(workspace=workspace):
        context = _facts(workspace) | (_money(workspace) if staff.may(request.user, StaffAction.SEE_MONEY) else {})
        context["offers"] = offers(request, workspace, DEEDS, reverse("staff:workspace", args=[pk]), bad)
        # Rendered inside the scope: the lists are read there.
        context |= {"about": workspace, "place": "people"}
        return panel(request, "staff/workspace.html", context, title=workspace.name, status=422 if bad else 200)


def _facts(workspace: Workspace) -> dict[str, Any]:
    plan, now = plans.plan_of(workspace), timezone.now()
    used = room.used(workspace)
    return {
        "plan": plan,
        "modes": [(mode, plan.daily_of(mode)) for mode in sorted(plan.modes)],
        "storage": f"{room.words(used)} of {room.words(plan.storage_total)}",
        "members": _newest(Membership, "user", "created_at"),
        "keys": _newest(ApiKey, "created_by", "-created_at"),
        "calls": _newest(ApiCall, "api_key", "-created_at", "-id"),
        "generations": _newest(Generation, "requested_by", "-created_at"),
        "entries": [entry(row) for row in trail.of_workspace(workspace=workspace, wish=trail.Wish(), limit=LINES)],
        "notes": _newest(Note, "author", "-created_at"),
        "customer": Customer.objects.filter(workspace=workspace).first(),
        "subscriptions": Subscription.objects.filter(workspace=workspace).order_by("-created_at")[:3],
        "plan_grants": PlanGrant.objects.filter(workspace=workspace, ends_at__gt=now).select_related("granted_by"),
        "entitlement_grants": EntitlementGrant.objects.filter(workspace=workspace, ends_at__gt=now),
        "chart": _chart(workspace),
    }


def _newest(model: Any, related: str, *order: str) -> QuerySet[Any]:
    """Of the workspace in whose scope this runs."""
    rows: QuerySet[Any] = model.objects.select_related(related).order_by(*order)[:LINES]
    return rows


def _money(workspace: Workspace) -> dict[str, Any]:
    return {
        "purse": ledger.purse(workspace=workspace),
        "movements": Transaction.objects.filter(workspace=workspace).order_by("-created_at", "-id")[:8],
    }


def _chart(workspace: Workspace) -> chart.Chart:
    today = timezone.now().date()
    period = usage.Period(today - timedelta(days=DAYS - 1), today)
    counts: dict[Any, int] = {}
    for line in usage.by_day(workspace=workspace, period=period):
        if line.day:
            counts[line.day] = counts.get(line.day, 0) + line.pictures
    return chart.draw([(DRAWN, counts)], period.days)
