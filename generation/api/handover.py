"""Takes over from Django where /v1 needs another answer than Django gives: pictures, and errors that are no JSON."""

import json
import uuid
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.typing import ASGISendCallable, ASGISendEvent
from django.http import HttpResponse

from generation.api import errors
from generation.api.base import LIMIT_HEADERS
from generation.api.parsing import ImageRequest
from generation.models import Generation
from generation.storage import Format

HEADER = "x-aurora-answer"
JSON = (b"content-type", b"application/json")
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Handed:
    """A generation whose pictures are to be answered with, and how: all at once, or streamed as events of a `kind`."""

    generation_id: UUID
    stream: bool
    kind: str
    response_format: str
    output_format: Format
    partial_images: int


def answer(generation: Generation, asked: ImageRequest, *, kind: str) -> HttpResponse:
    """The view's answer, which tells `Handover` to answer when there are pictures: no thread waits for them."""
    handed = Handed(generation.pk, asked.stream, kind, asked.response_format, asked.output_format, asked.partial_images)
    return HttpResponse(headers={HEADER: json.dumps(vars(handed), default=str)})


class Handover:
    """Stands between Django and the server: passes messages on, but keeps what is to be answered in another way."""

    def __init__(self, send: ASGISendCallable) -> None:
        self.handed: Handed | None = None
        self.headers: Headers = []
        self._send = send
        self._swallow = False

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif not self._swallow:
            await self._send(message)

    async def _start(self, message: Any) -> None:
        headers = {name.lower(): value for name, value in message["headers"]}
        order = headers.get(HEADER.encode())
        if order is not None:
            self._swallow = True
            self.handed = _read(json.loads(order))
            self.headers = [(name, value) for name, value in headers.items() if name in KEPT]
        elif message["status"] >= 400 and not headers.get(b"content-type", b"").startswith(JSON[1]):
            # From a middleware or the URL resolver, which know nothing of the envelope.
            self._swallow = True
            await self._send_error(message["status"], headers)
        else:
            await self._send(message)

    async def _send_error(self, status: int, headers: dict[bytes, bytes]) -> None:
        kind = errors.SERVER if status >= 500 else errors.BAD_REQUEST
        message = f"The request was refused with status {status}."
        body = errors.envelope(message, kind=kind, code=CODES.get(status, kind))
        request_id = headers.get(b"x-request-id", f"req_{uuid.uuid4().hex}".encode())
        sent = [JSON, (b"x-request-id", request_id)]
        await self._send({"type": "http.response.start", "status": status, "headers": sent, "trailers": False})
        await self._send({"type": "http.response.body", "body": json.dumps(body).encode(), "more_body": False})


KEPT = {b"x-request-id", b"openai-processing-ms", *(name.encode() for name in LIMIT_HEADERS)}
CODES = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}


def _read(value: dict[str, Any]) -> Handed:
    return Handed(
        **value
        | {
            "generation_id": UUID(value["generation_id"]),
            "output_format": Format.read(value["output_format"]),
        }
    )
