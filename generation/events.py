"""`GET /events/<id>?ticket=…`: a generation's or a feed's events for the browser (SSE), as a raw ASGI application.

A signed ticket stands for session and membership, so that a stream needs neither a thread nor the database.
"""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import cast
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.conf import settings

from generation import progress
from generation.hub import EVENT_ID, Event, hub

RETRY_MILLISECONDS = 2000
STREAM_SECONDS = 15 * 60
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # no-transform: a proxy that compresses would hold the events back.
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
MAX_STREAMS = 5000
"""Open streams of one process; 6,000 were tried, at 15 KB each."""

_open: set[object] = set()


class Refused(Exception):
    """Ends in an answer without a stream."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer one request for a stream."""
    try:
        followed_id, after = _admit(cast("HTTPScope", scope))
    except Refused as refusal:
        return await _refuse(send, refusal)
    _open.add(place := object())
    try:
        await send_stream(receive, send, _lines(followed_id, after), headers=HEADERS)
    finally:
        _open.remove(place)


def _admit(scope: HTTPScope) -> tuple[UUID, str | None]:
    """What to follow, and the id of the last event that the reader has. Raises Refused."""
    if scope["method"] != "GET":
        raise Refused(405, "Only GET is possible here.")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    _check_origin(headers)
    query = parse_qs(scope["query_string"].decode("latin-1"))
    ids = progress.read_ticket(query.get("ticket", [""])[-1])
    if ids is None or scope["path"] != f"/events/{ids[0]}":
        raise Refused(403, "This ticket is not valid, or no longer: load the page again.")
    if len(_open) >= MAX_STREAMS:
        raise Refused(503, "Too many streams are open here: try again in some seconds.")
    # A page that opens a new EventSource with a new ticket cannot set the header.
    after = headers.get("last-event-id") or query.get("last_event_id", [""])[-1]
    return ids[0], after if EVENT_ID.fullmatch(after) else None


def _check_origin(headers: dict[str, str]) -> None:
    """Other sites' pages may not read, even with a leaked ticket. Who sends no Origin is no page of another site."""
    origin = headers.get("origin")
    if origin and urlsplit(origin).netloc not in (headers.get("host"), urlsplit(settings.BASE_URL).netloc):
        raise Refused(403, "Event streams are for this site's own pages.")


async def _lines(followed_id: UUID, after: str | None) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    close_at = time.monotonic() + STREAM_SECONDS
    events = hub().follow(followed_id, after=after)
    async with contextlib.aclosing(events):
        async for event in events:
            yield _line(event)
            # Closed streams are opened again by the browser, on whichever process is free.
            if time.monotonic() > close_at:
                return


def _line(event: Event) -> bytes:
    if event.name == "ping":
        return b": ping\n\n"
    place = f"id: {event.id}\n" if event.id else ""
    return f"{place}event: {event.name}\ndata: {json.dumps(event.data)}\n\n".encode()


async def send_stream(
    receive: ASGIReceiveCallable,
    send: ASGISendCallable,
    chunks: AsyncIterator[bytes],
    *,
    headers: list[tuple[bytes, bytes]],
) -> bool:
    """Send `chunks` as one response until they end or the reader goes; False when the reader went first."""
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
    sending = asyncio.create_task(_send_all(send, chunks))
    leaving = asyncio.create_task(until_gone(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            # Raises what went wrong in there.
            return sending.result()
        return False
    finally:
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send_all(send: ASGISendCallable, chunks: AsyncIterator[bytes]) -> bool:
    try:
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except OSError:
        # How some servers tell that the reader has gone.
        return False
    return True


async def until_gone(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: ASGISendCallable, refusal: Refused) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    if refusal.status == 503:
        # Spread, so that those who were refused together do not come back together.
        headers.append((b"retry-after", str(2 + secrets.randbelow(7)).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": str(refusal).encode(), "more_body": False})
