"""The one search of the panel. What is found to the letter, and alone, opens at once."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import User, Workspace
from accounts.staff import StaffAction
from generation.services import finder
from generation.services.finder import Hit
from generation.staff.frame import needs, panel

GROUPS = {"person": "People", "workspace": "Workspaces", "generation": "Generations", "event": "Messages of Stripe"}
NEWEST = 15


@needs(StaffAction.SEE_PEOPLE)
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    asked = request.GET.get("q", "").strip()
    hits = finder.find(asked)
    exact = {(hit.kind, hit.id): hit for hit in hits if hit.is_exact}
    if len(exact) == 1:
        return redirect(_url(next(iter(exact.values()))))
    groups = [(label, [(hit, _url(hit)) for hit in hits if hit.kind == kind]) for kind, label in GROUPS.items()]
    context: dict[str, Any] = {"asked": asked, "groups": [group for group in groups if group[1]], "place": "people"}
    if not asked:
        context |= {
            "newest_people": User.objects.order_by("-date_joined")[:NEWEST],
            "newest_workspaces": Workspace.objects.filter(is_personal=False).order_by("-created_at")[:NEWEST],
        }
    return panel(request, "staff/search.html", context, title="People and workspaces")


def _url(hit: Hit) -> str:
    if hit.kind == "event":
        return reverse("admin:billing_stripeevent_change", args=[hit.id])
    return reverse(f"staff:{hit.kind}", args=[hit.id])
