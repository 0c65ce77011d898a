"""`/w/<slug>/developers/requests`: the log of requests, one of them, and all as CSV."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts import spreadsheet
from accounts.pages.typed import needs
from accounts.permissions import Action
from billing import amounts
from generation.models import ApiCall
from generation.pages.developers import frame
from generation.pages.developers.call import Call, details
from generation.pages.developers.search import Search
from generation.pages.typed import PageRequest
from generation.services import calls
from generation.services.calls import Wish

PAGE = 50
COLUMNS = [
    "time", "request_id", "method", "path", "status", "outcome", "error_code", "milliseconds", "key", "key_name",
    "generation", "credit_usd",
]  # fmt: skip


@require_safe
@needs(Action.USE_KEYS)
def index(request: PageRequest, slug: str) -> HttpResponse:
    """Newest first; `?before=<call>` goes on after that one."""
    form, before = _form(request), _before(request)
    if not form.is_valid():
        return frame.page(request, "requests", {"form": form}, status=400)
    found = calls.of_workspace(workspace=request.workspace, wish=form.wish(before=before), limit=PAGE + 1)
    context = _page(found, form.query) | {"form": form, "everybody": frame.maker(request) is None}
    return frame.page(request, "requests", context | {"is_later": before is not None})


@require_safe
@needs(Action.USE_KEYS)
def show(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """One request and what came of it."""
    try:
        found = calls.one(workspace=request.workspace, maker=frame.maker(request), id=pk)
    except ApiCall.DoesNotExist as error:
        raise Http404("No such request.") from error
    return frame.page(request, "request", details(found, reader=request.user))


@require_safe
@needs(Action.USE_KEYS)
def as_csv(request: PageRequest, slug: str) -> HttpResponseBase:
    """All that the search finds, however much: read and sent a thousand lines at a time."""
    form = _form(request)
    if not form.is_valid():
        return frame.page(request, "requests", {"form": form}, status=400)
    response = StreamingHttpResponse(_lines(request, form.wish()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="aurora-requests-{request.workspace.slug}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(request: PageRequest) -> Search:
    return Search(request.GET, workspace=request.workspace, maker=frame.maker(request))


def _before(request: PageRequest) -> UUID | None:
    if not (asked := request.GET.get("before", "")):
        return None
    try:
        return UUID(asked)
    except ValueError as error:
        raise Http404("No such request.") from error


def _page(found: list[ApiCall], query: dict[str, str]) -> dict[str, Any]:
    shown = found[:PAGE]
    # One more than is shown says whether there are more.
    older = urlencode(query | {"before": str(shown[-1].pk)}) if len(found) > PAGE else ""
    return {"calls": [Call(call) for call in shown], "older": older, "query": urlencode(query)}


async def _lines(request: PageRequest, wish: Wish) -> AsyncIterator[bytes]:
    """Asynchronous, as the server would put all of a plain iterator into memory before it sends any of it."""
    yield spreadsheet.rows([COLUMNS])
    batches = calls.batches(workspace=request.workspace, wish=wish)
    while batch := await sync_to_async(lambda: next(batches, None))():
        yield spreadsheet.rows([_cells(Call(call)) for call in batch])


def _cells(call: Call) -> list[object]:
    row, key = call.row, call.row.api_key
    return [
        row.created_at.isoformat(timespec="milliseconds"),
        row.request_id,
        row.method,
        row.path,
        row.status,
        row.outcome,
        row.error_code,
        row.milliseconds,
        key.prefix if key else "",
        key.name if key else "",
        row.generation_id or "",
        amounts.decimal(call.micros),
    ]
