"""The log of requests to the API: written once the answer is sent, read by developers, forgotten after thirty days."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from django.db.models import CharField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import User, Workspace
from billing import ledger
from generation.models import ApiCall

KEPT = timedelta(days=30)
BATCH = 1000
GONE = 499
"""In place of a status, where the client went before there was an answer."""

log = structlog.get_logger(__name__)
Outcome = ApiCall.Outcome


@dataclass(frozen=True)
class Request:
    """What a request said of itself."""

    method: str
    path: str
    request_id: str
    idempotency_key: str = ""


@dataclass(frozen=True)
class Answer:
    """How it was answered: `error` is what the envelope held, {} where there was none."""

    status: int
    seconds: float
    error: Mapping[str, Any]

    @property
    def outcome(self) -> Outcome:
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.error.get("type") == "server_error":
            return Outcome.SERVER
        return Outcome.CLIENT if self.error or self.status >= HTTPStatus.BAD_REQUEST else Outcome.OK


def record(
    *,
    workspace: Workspace,
    api_key_id: UUID | None,
    request: Request,
    answer: Answer,
    generation_id: UUID | None = None,
) -> None:
    """Add a line. Never fails: the answer is out, and no log is worth more than it."""
    try:
        with scope(workspace=workspace):
            ApiCall.objects.create(
                workspace=workspace,
                api_key_id=api_key_id,
                generation_id=generation_id,
                request_id=_plain(request.request_id, 100),
                idempotency_key=_plain(request.idempotency_key, 255),
                method=_plain(request.method, 10),
                path=_plain(request.path, 200),
                status=answer.status,
                outcome=answer.outcome,
                error_code=_plain(str(answer.error.get("code") or ""), 60),
                error={name: _cell(value) for name, value in answer.error.items()},
                milliseconds=round(answer.seconds * 1000),
                created_at=timezone.now() - timedelta(seconds=answer.seconds),
            )
    except Exception:
        log.exception("call_not_recorded", request_id=request.request_id)


def forget() -> int:
    """Delete what is older than KEPT, some at a time; returns how many."""
    gone = 0
    with scopes_disabled():
        old = ApiCall.objects.filter(created_at__lt=timezone.now() - KEPT)
        while keys := list(old.values_list("pk", flat=True)[:BATCH]):
            gone += old.filter(pk__in=keys).delete()[0]
    return gone


@dataclass(frozen=True)
class Wish:
    """What to look for; empty fields ask for everything. `since` and `until` are days in UTC, both included.

    `before` is the call that the page before ended with; `maker` limits it to the keys that this member made.
    """

    request_id: str = ""
    path: str = ""
    outcome: str = ""
    key: UUID | None = None
    since: date | None = None
    until: date | None = None
    maker: User | None = None
    before: UUID | None = None


def of_workspace(*, workspace: Workspace, wish: Wish, limit: int) -> list[ApiCall]:
    """The newest calls that answer the wish, with their keys, and `cost`: what the ledger took, in micro-dollars."""
    with scope(workspace=workspace):
        rows = _matching(seen_by(workspace=workspace, maker=wish.maker), wish)
        if wish.before is not None:
            rows = _older(rows, seen_by(workspace=workspace, maker=wish.maker).filter(pk=wish.before).first())
        return list(rows.select_related("api_key").annotate(cost=_cost())[:limit])


def batches(*, workspace: Workspace, wish: Wish) -> Iterator[list[ApiCall]]:
    """All calls that answer the wish, some at a time: no query lasts long, and no more than a batch is held."""
    while found := of_workspace(workspace=workspace, wish=wish, limit=BATCH):
        yield found
        wish = replace(wish, before=found[-1].pk)


def one(*, workspace: Workspace, maker: User | None, id: UUID) -> ApiCall:
    """One call with its key, its generation and `cost`. Raises ApiCall.DoesNotExist."""
    rows = seen_by(workspace=workspace, maker=maker).select_related("api_key__created_by", "generation")
    return rows.annotate(cost=_cost()).get(pk=id)


def seen_by(*, workspace: Workspace, maker: User | None) -> QuerySet[ApiCall]:
    """The calls of a workspace; with `maker` those of the keys that this member made."""
    rows = ApiCall.objects.filter(workspace=workspace)
    return rows if maker is None else rows.filter(api_key__created_by=maker)


def joined(call: ApiCall) -> Collection[ApiCall]:
    """Other requests that were answered with the same generation: retries, the oldest first, at most twenty."""
    if call.generation_id is None:
        return ()
    rows = ApiCall.objects.filter(generation=call.generation_id).exclude(pk=call.pk)
    return list(rows.order_by("created_at", "pk")[:20])


def _cost() -> Any:
    return ledger.taken(Cast(OuterRef("generation_id"), CharField()))


def _matching(rows: QuerySet[ApiCall], wish: Wish) -> QuerySet[ApiCall]:
    rows = rows.order_by("-created_at", "-id")
    if wish.request_id:
        rows = rows.filter(request_id=wish.request_id[:100])
    if wish.path:
        rows = rows.filter(path__icontains=wish.path)
    if wish.outcome:
        rows = rows.filter(outcome=wish.outcome)
    if wish.key:
        rows = rows.filter(api_key=wish.key)
    if wish.since:
        rows = rows.filter(created_at__gte=datetime.combine(wish.since, time.min, UTC))
    if wish.until:
        rows = rows.filter(created_at__lte=datetime.combine(wish.until, time.max, UTC))
    return rows


def _older(rows: QuerySet[ApiCall], last: ApiCall | None) -> QuerySet[ApiCall]:
    """What comes after `last`; nothing where that is none of the reader's calls."""
    if last is None:
        return rows.none()
    older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
    # The first condition is implied by the second; it lets the index be used.
    return rows.filter(Q(created_at__lte=last.created_at) & older)


def _plain(text: str, most: int) -> str:
    """What the database takes: clients send anything."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)[:most]


def _cell(value: Any) -> str | None:
    return None if value is None else _plain(str(value), 1000)
