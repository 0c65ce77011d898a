"""`/w/<slug>/billing/statement`: what the workspace had, what moved and what it has; as page, CSV and PDF."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import spreadsheet
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from billing import amounts
from billing.pages.statement_form import Ask
from billing.services import statement, statement_pdf
from billing.services.statement import Key, Line, Wish

PAGE = 50
COLUMNS = ["time", "kind", "what", "note", "reference", "request", "amount_usd"]


@require_safe
@needs(Action.SEE_MONEY)
def show(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Newest first; `?before=<key>` goes on after that line."""
    form = Ask(request.GET, workspace=request.workspace)
    if not form.is_valid():
        return render(request, "billing/statement.html", {"form": form}, status=400)
    before = _before(request)
    found = statement.lines(workspace=request.workspace, wish=form.wish(before=before), limit=PAGE + 1)
    summary = statement.summary(workspace=request.workspace, period=form.period)
    return render(request, "billing/statement.html", _page(form, found) | {"summary": summary, "is_later": before})


@require_safe
@needs(Action.SEE_MONEY)
def as_csv(request: WorkspaceRequest, slug: str) -> HttpResponseBase:
    """All that is asked for, however much: read and sent a thousand lines at a time."""
    form = Ask(request.GET, workspace=request.workspace)
    if not form.is_valid():
        return render(request, "billing/statement.html", {"form": form}, status=400)
    headers = _headers(request, form, "csv")
    return StreamingHttpResponse(_sent(request, form.wish()), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@needs(Action.SEE_MONEY)
def as_pdf(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """A month, or the days that are asked for, whatever else is looked for."""
    form = Ask(request.GET, workspace=request.workspace)
    if not form.is_valid():
        return render(request, "billing/statement.html", {"form": form}, status=400)
    file = statement_pdf.render(workspace=request.workspace, period=form.period)
    return HttpResponse(file, content_type="application/pdf", headers=_headers(request, form, "pdf"))


def _page(form: Ask, found: list[Line]) -> dict[str, Any]:
    shown = found[:PAGE]
    # One more than is shown says whether there are more.
    older = urlencode(form.query | {"before": str(shown[-1].key)}) if len(found) > PAGE else ""
    return {
        "form": form,
        "lines": shown,
        "older": older,
        "query": urlencode(form.query),
        "earlier": form.neighbour(-1),
        "later": form.neighbour(1),
    }


def _before(request: WorkspaceRequest) -> Key | None:
    if not (asked := request.GET.get("before", "")):
        return None
    try:
        return Key.read(asked)
    except (ValueError, OverflowError) as error:
        raise Http404("No such place in the statement.") from error


async def _sent(request: WorkspaceRequest, wish: Wish) -> AsyncIterator[bytes]:
    """Asynchronous, as the server would put all of a plain iterator into memory before it sends any of it."""
    yield spreadsheet.rows([COLUMNS])
    batches = statement.batches(workspace=request.workspace, wish=wish)
    while batch := await sync_to_async(lambda: next(batches, None))():
        yield spreadsheet.rows([_cells(line) for line in batch])


def _cells(line: Line) -> list[object]:
    when = line.at.isoformat(timespec="seconds")
    return [when, line.kind.label, line.what, line.note, line.reference, line.hold, amounts.decimal(line.micros)]


def _headers(request: WorkspaceRequest, form: Ask, kind: str) -> dict[str, str]:
    span = form.data["month"] if form.is_whole_month else f"{form.period.first}-to-{form.period.last}"
    name = f"aurora-statement-{request.workspace.slug}-{span}.{kind}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
