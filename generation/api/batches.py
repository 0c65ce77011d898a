"""The /v1/batches routes: many requests in one file, drawn when nothing else waits, for half the price."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpResponseBase
from django.urls import reverse
from django_scopes import scope as in_scope
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from billing import prices
from generation import catalog
from generation.api import batch_file, batch_results, errors, schema_batches, told
from generation.api.base import SmallJSONParser, V1View
from generation.models import Batch
from generation.services import batch_feeder, batch_lines, batches
from generation.services.batches import Line
from generation.services.retries import KeyReused, Sent

PAGE, MOST_A_PAGE = 20, 100
FORM_BYTES = 100_000
"""What a form has beside its file, at most."""


class BatchJSONParser(SmallJSONParser):
    most = batches.MOST_BYTES


class Batches(V1View):
    """POST /v1/batches: a file of requests. GET: the batches of whoever made the key, newest first."""

    scope = Scope.IMAGES_WRITE
    parser_classes = (BatchJSONParser, MultiPartParser)

    @schema_batches.create
    def post(self, request: Request) -> Response:
        _check_size(request)
        with in_scope(workspace=self.workspace):
            sent = told.Told.of(request).sent
            batch = self._known(sent) or self._make(request.data, sent)
            return Response(_told_of([batch])[0], status=200)

    @schema_batches.list_
    def get(self, request: Request) -> Response:
        limit, after = _page(request)
        with in_scope(workspace=self.workspace):
            rows = batches.of(workspace=self.workspace, maker=self.api_key.created_by)
            if after:
                last = rows.filter(pk=after).first()
                if last is None:
                    raise _bad("after", "after must be the id of a batch.")
                older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
                rows = rows.filter(older)
            found = list(rows[: limit + 1])
            return Response({"object": "list", "data": _told_of(found[:limit]), "has_more": len(found) > limit})

    def _known(self, sent: Sent) -> Batch | None:
        """What the same request has made before. Raises ApiError for another one's key."""
        try:
            return batches.first_try(api_key=self.api_key, sent=sent)
        except KeyReused as error:
            message = "This Idempotency-Key came with another request before: choose a new one for each request."
            raise errors.ApiError(422, message, kind=errors.BAD_REQUEST, code="idempotency_key_reused") from error

    def _make(self, data: Any, sent: Sent) -> Batch:
        name, lines = self._read(data)
        try:
            with transaction.atomic():
                return batches.create(api_key=self.api_key, lines=lines, name=name, sent=sent)
        except batches.TooMany as error:
            headers = {"Retry-After": "60"}
            raise errors.ApiError(
                429, str(error), kind="rate_limit_exceeded", code="too_many_batches", headers=headers
            ) from error
        except IntegrityError:
            # The same request a moment earlier; it is there now.
            if known := self._known(sent):
                return known
            raise

    def _read(self, data: Any) -> tuple[str, list[Line]]:
        file = data.get("file") if isinstance(data, dict) else None
        if isinstance(file, UploadedFile):
            requests, name, param = batch_file.numbered(_text(file)), file.name or "", "file"
        elif isinstance(data, dict) and isinstance(data.get("requests"), list):
            requests, name, param = enumerate(data["requests"], 1), "", "requests"
        else:
            message = 'Send the requests as a JSONL file in the form field `file`, or as {"requests": […]}.'
            raise _bad("file", message, code="missing_required_parameter")
        name = "".join(sign for sign in name if sign.isprintable())[:120]
        return name, batch_file.read(requests, workspace=self.workspace, person=self.api_key.created_by, param=param)


class _OneBatch(V1View):
    scope = Scope.IMAGES_WRITE

    def find(self, pk: UUID) -> Batch:
        """One of whoever made the key; runs in the workspace's scope. Raises NotFound."""
        batch = batches.of(workspace=self.workspace, maker=self.api_key.created_by).filter(pk=pk).first()
        if batch is None:
            raise NotFound(f"There is no batch {str(pk)!r}.")
        return batch


class OneBatch(_OneBatch):
    """GET /v1/batches/<id>"""

    @schema_batches.get
    def get(self, request: Request, pk: UUID) -> Response:
        with in_scope(workspace=self.workspace):
            return Response(_told_of([self.find(pk)])[0])


class CancelBatch(_OneBatch):
    """POST /v1/batches/<id>/cancel: again and again, it stays canceled."""

    @schema_batches.cancel
    def post(self, request: Request, pk: UUID) -> Response:
        with in_scope(workspace=self.workspace):
            return Response(_told_of([batches.cancel(batch=self.find(pk))])[0])


class BatchResults(_OneBatch):
    """GET /v1/batches/<id>/results: JSONL of the lines that are over."""

    @schema_batches.results
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        with in_scope(workspace=self.workspace):
            return batch_results.answer(self.find(pk))


def _told_of(found: list[Batch]) -> list[dict[str, Any]]:
    counts, charged = batch_lines.counts(found), batches.charged(found)
    return [_one(batch, counts[batch.pk], charged[batch.pk]) for batch in found]


def _one(batch: Batch, counts: dict[str, int], charged: int) -> dict[str, Any]:
    paused = batch.state == Batch.State.PAUSED
    return {
        "id": str(batch.pk),
        "object": "batch",
        "endpoint": batch_file.ENDPOINT,
        "status": batch.state,
        "error": {"code": batch.trouble_code, "message": batch.trouble} if paused else None,
        "created_at": int(batch.created_at.timestamp()),
        "finished_at": int(batch.finished_at.timestamp()) if batch.finished_at else None,
        "request_counts": {"total": batch.total, **counts},
        "price": {
            "discount_percent": 50,
            "micros_per_picture": {mode: prices.batched(mode, at=batch.created_at) for mode in catalog.MODES},
            "most_micros": batch.most_micros,
            "charged_micros": charged,
        },
        "rules": {
            "priority": "Its pictures are drawn when no other request waits; no time is promised.",
            "reserved": f"Credit is reserved for at most {batch_feeder.OPEN_AT_ONCE} lines at a time, and taken for"
            " delivered pictures alone.",
            "credit": "Where the credit is used up it pauses, and goes on by itself once there is more.",
        },
        "results_url": f"{settings.BASE_URL}{reverse('api-batch-results', args=[batch.pk])}",
    }


def _page(request: Request) -> tuple[int, UUID | None]:
    limit, after = request.query_params.get("limit", str(PAGE)), request.query_params.get("after", "")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:4]) <= MOST_A_PAGE):
        raise _bad("limit", f"limit must be a whole number from 1 to {MOST_A_PAGE}.")
    try:
        return int(limit), UUID(after) if after else None
    except ValueError as error:
        raise _bad("after", "after must be the id of a batch.") from error


def _check_size(request: Request) -> None:
    """Before the form is read: a file of any size would be written to disk first."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > batches.MOST_BYTES + FORM_BYTES:
        raise _too_large()


def _text(file: Any) -> str:
    if (file.size or 0) > batches.MOST_BYTES:
        raise _too_large()
    try:
        return bytes(file.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise batch_file.refusal("The file is no UTF-8 text.", "file") from error


def _too_large() -> errors.ApiError:
    message = f"A batch has at most {batches.MOST_BYTES // 1_000_000} MB."
    return errors.ApiError(413, message, kind=errors.BAD_REQUEST, code="request_too_large")


def _bad(param: str, message: str, *, code: str = "invalid_value") -> errors.ApiError:
    return errors.ApiError(400, message, kind=errors.BAD_REQUEST, code=code, param=param)
