"""The audit trail of a workspace, for those who may read it, and what was done with one's own account."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import spreadsheet
from accounts.models import AuditEntry
from accounts.pages.typed import UserRequest, WorkspaceRequest, needs
from accounts.permissions import Action
from accounts.services import deeds, trail

PAGE = 50
COLUMNS = ["time", "who", "email", "what", "action", "target", "detail", "address", "request_id"]
LARGEST_ID = 2**63 - 1


class Search(forms.Form):
    """What to look for. Stands in the address, so that a search can be kept and sent."""

    person = forms.CharField(required=False, max_length=200, label="Who", widget=forms.TextInput())
    action = forms.ChoiceField(required=False, choices=lambda: [("", "Everything"), *deeds.choices()], label="Action")
    target = forms.CharField(required=False, max_length=200, label="To what or whom")
    since = forms.DateField(required=False, label="From day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(required=False, label="To day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        return values

    def wish(self, *, before: int | None = None) -> trail.Wish:
        return trail.Wish(before=before, **self.cleaned_data)

    @property
    def query(self) -> dict[str, str]:
        """What of the address is to be kept when a page follows."""
        return {name: value for name in self.fields if (value := self.data.get(name, ""))}


@dataclass(frozen=True)
class Line:
    """An entry in words."""

    entry: AuditEntry

    @property
    def who(self) -> str:
        return deeds.who(self.entry)

    @property
    def what(self) -> str:
        return deeds.predicate(self.entry)

    @property
    def notes(self) -> list[tuple[str, str]]:
        return deeds.notes(self.entry)


@require_safe
@needs(Action.SEE_AUDIT)
def audit(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Newest first; `?before=<entry>` goes on after that one."""
    form = Search(request.GET)
    before = _before(request)
    found = []
    if form.is_valid():
        found = trail.of_workspace(workspace=request.workspace, wish=form.wish(before=before), limit=PAGE + 1)
    context = _page(found, form.query) | {"form": form, "query": urlencode(form.query), "is_later": before is not None}
    return render(request, "accounts/audit.html", context)


@require_safe
@needs(Action.SEE_AUDIT)
def as_csv(request: WorkspaceRequest, slug: str) -> HttpResponseBase:
    """All that the search finds, however much: read and sent a thousand entries at a time."""
    form = Search(request.GET)
    if not form.is_valid():
        return render(request, "accounts/audit.html", {"form": form}, status=400)
    response = StreamingHttpResponse(_lines(request, form.wish()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="aurora-audit-{request.workspace.slug}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@login_required
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """What one did with one's own account, and what was done to it."""
    found = trail.of_person(person=_reader(request).user, before=_before(request), limit=PAGE + 1)
    return render(request, "accounts/activity.html", _page(found, {}) | {"is_later": "before" in request.GET})


def _reader(request: HttpRequest) -> UserRequest:
    return request  # type: ignore[return-value]  # as login_required has seen to


def _before(request: HttpRequest) -> int | None:
    asked = request.GET.get("before", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdecimal() and int(asked[:20]) <= LARGEST_ID):
        raise Http404("No such entry.")
    return int(asked)


def _page(found: list[AuditEntry], query: dict[str, str]) -> dict[str, Any]:
    shown = found[:PAGE]
    # One more than is shown says whether there are more.
    older = urlencode(query | {"before": str(shown[-1].pk)}) if len(found) > PAGE else ""
    return {"lines": [Line(entry) for entry in shown], "older": older}


async def _lines(request: WorkspaceRequest, wish: trail.Wish) -> AsyncIterator[bytes]:
    """Asynchronous, as the server would put all of a plain iterator into memory before it sends any of it."""
    yield spreadsheet.rows([COLUMNS])
    batches = trail.batches(workspace=request.workspace, wish=wish)
    while batch := await sync_to_async(lambda: next(batches, None))():
        yield spreadsheet.rows([_cells(entry) for entry in batch])


def _cells(entry: AuditEntry) -> list[str]:
    return [
        entry.created_at.isoformat(timespec="milliseconds"),
        deeds.who(entry),
        entry.actor.email if entry.actor else "",
        deeds.predicate(entry),
        entry.action,
        entry.target,
        json.dumps(entry.detail, ensure_ascii=False) if entry.detail else "",
        entry.address or "",
        entry.request_id,
    ]
