"""The results of a batch as JSONL, in the order of its file."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django_scopes import scope

from generation.api import errors, payloads
from generation.models import Batch, BatchLine, Picture
from generation.storage import Format

AT_ONCE = 500
State = BatchLine.State


def answer(batch: Batch) -> StreamingHttpResponse:
    """All lines that are over. Asynchronous, as the server would put all of a plain iterator into memory."""
    headers = {"Content-Disposition": f'attachment; filename="batch-{batch.pk}.jsonl"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(_chunks(batch), content_type="application/jsonl", headers=headers)


async def _chunks(batch: Batch) -> AsyncIterator[bytes]:
    last = -1
    while True:
        last, chunk = await sync_to_async(_chunk)(batch, last)
        if not chunk:
            return
        yield chunk


def _chunk(batch: Batch, after: int) -> tuple[int, bytes]:
    """What comes after a line, and which one it ends with."""
    with scope(workspace=batch.workspace):
        rows = BatchLine.objects.filter(batch=batch, index__gt=after).exclude(state__in=[State.WAITING, State.OPEN])
        lines = list(rows.select_related("generation").order_by("index")[:AT_ONCE])
        pictures = _pictures(lines)
        told = [json.dumps(_result(line, pictures[line.generation_id]), ensure_ascii=False) + "\n" for line in lines]
    return (lines[-1].index if lines else after), "".join(told).encode()


def _pictures(lines: Sequence[BatchLine]) -> dict[UUID | None, list[Picture]]:
    found: dict[UUID | None, list[Picture]] = defaultdict(list)
    ids = [line.generation_id for line in lines if line.generation_id]
    for picture in Picture.there.filter(generation__in=ids).order_by("generation", "index"):
        found[picture.generation_id].append(picture)
    return found


def _result(line: BatchLine, pictures: Sequence[Picture]) -> dict[str, Any]:
    """As a single request is answered: by the pictures that were delivered, and by an error where there is none."""
    if line.generation and pictures:
        form = Format.read(line.wish.get("output_format", ""))
        body = payloads.reply(line.generation, pictures, response_format="url", output_format=form)
        return _told(line, {"status_code": 200, "body": body}, None)
    error = _error(line)
    return _told(line, None, {"code": error["code"], "message": error["message"]})


def _told(line: BatchLine, response: dict[str, Any] | None, error: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": f"batch_req_{line.pk}", "custom_id": line.custom_id, "response": response, "error": error}


def _error(line: BatchLine) -> dict[str, Any]:
    code, message = line.error_code, line.error_message
    if code:
        return {"code": code, "message": message}
    if (made := line.generation) is not None:
        told = errors.outcome(made.status, code=made.error_code, message=made.error_message)
        if told:
            return dict(told["error"])
    if line.state == State.CANCELED:
        return {"code": "canceled", "message": "The batch was canceled before this line was drawn. It cost nothing."}
    return {"code": "gone", "message": "What was drawn for this line has been deleted."}
