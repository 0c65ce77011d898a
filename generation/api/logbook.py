"""Writes each request into the log that developers read, after the client has its answer."""

import json
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from asgiref.typing import HTTPScope
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from generation.api.rows import load
from generation.models import Generation
from generation.services import calls

ERROR = b"event: error\n"


def write_when_sent(response: Response, *, request: Request, api_key: ApiKey, started: float) -> None:
    """Have the request written once Django has sent its answer."""
    asked = calls.Request(
        method=request.method or "",
        path=request.path,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        idempotency_key=request.headers.get("Idempotency-Key", "").strip(),
    )

    def write() -> None:
        error = response.data.get("error", {}) if isinstance(response.data, dict) else {}
        answer = calls.Answer(response.status_code, time.monotonic() - started, error)
        calls.record(workspace=api_key.workspace, api_key_id=api_key.pk, request=asked, answer=answer)

    # What Django runs when it closes an answer that is out; there is no public list for it.
    response._resource_closers.append(write)  # type: ignore[attr-defined]  # noqa: SLF001


class Entry:
    """What becomes known of a request whose answer is sent outside Django."""

    def __init__(self, scope: HTTPScope) -> None:
        self.status: int = HTTPStatus.OK
        self.error: dict[str, Any] = {}
        self.generation: Generation | None = None
        """Where it was read for the answer."""
        self._scope = scope
        self._started = time.monotonic()
        self._ended: float | None = None

    async def watch(self, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The lines of a stream, unchanged; an error among them is kept."""
        async for line in lines:
            if line.startswith(ERROR):
                self.error = json.loads(line.partition(b"data: ")[2])["error"]
            yield line

    def end(self, *, answered: bool) -> None:
        """The last byte is out; or the client went first."""
        self._ended = time.monotonic()
        if not answered:
            self.status, self.error = calls.GONE, {}

    def write(self, generation_id: UUID, headers: list[tuple[bytes, bytes]]) -> None:
        """Headers are those that were sent with the answer."""
        try:
            generation = self.generation or load(generation_id)
        except Generation.DoesNotExist:
            # Erased meanwhile, and so is its workspace's log.
            return
        sent = {name.lower(): value.decode("latin-1") for name, value in (*self._scope["headers"], *headers)}
        calls.record(
            workspace=generation.workspace,
            api_key_id=generation.api_key_id,
            generation_id=generation.pk,
            request=calls.Request(
                method=self._scope["method"],
                path=self._scope["path"],
                request_id=sent.get(b"x-request-id", ""),
                idempotency_key=sent.get(b"idempotency-key", "").strip(),
            ),
            answer=calls.Answer(self.status, (self._ended or time.monotonic()) - self._started, self.error),
        )
