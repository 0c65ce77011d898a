"""Answers with pictures once they are drawn, outside Django: a request that waits holds no thread and no connection.

A client that goes away stops what nobody else waits for, after a moment in which its retry may come.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable, Scope
from django_scopes import scope as in_scope

from generation.api import errors, logbook, payloads, streaming
from generation.api.handover import JSON, Handed, Handover, Headers
from generation.api.rows import in_thread, load, stop
from generation.events import HEADERS, send_stream, until_gone
from generation.hub import hub
from generation.models import Generation, Picture
from generation.services import waiters

WAIT_SECONDS = 570
"""Clients give up after 600 s, and would try again."""

GRACE_SECONDS = 1.0
"""The clients try again half a second after a connection was lost."""

log = structlog.get_logger(__name__)
_leaving: set["asyncio.Task[None]"] = set()


def wrap(app: ASGI3Application) -> ASGI3Application:
    """`app` with pictures, streams and error envelopes for everything under /v1."""

    async def wrapped(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http" or not (scope["path"] + "/").startswith("/v1/"):
            await app(scope, receive, send)
            return
        handover, entry = Handover(send), logbook.Entry(scope)
        # What is only read may end with its reader.
        heard = _until_read(receive) if scope["method"] == "POST" else receive
        await app(scope, heard, handover.send)
        if handover.handed:
            await _answer(handover.handed, receive, send, handover.headers, entry)

    return wrapped


def _until_read(receive: ASGIReceiveCallable) -> ASGIReceiveCallable:
    """Hears the request, and not that the client has gone meanwhile.

    Django would end its answer then, while its thread goes on and places the request: nobody would cancel that.
    """
    is_read = False

    async def hear() -> ASGIReceiveEvent:
        nonlocal is_read
        if is_read:
            await asyncio.get_running_loop().create_future()
        event = await receive()
        is_read = event["type"] == "http.request" and not event.get("more_body", False)
        return event

    return hear


async def _answer(
    handed: Handed, receive: ASGIReceiveCallable, send: ASGISendCallable, headers: Headers, entry: logbook.Entry
) -> None:
    try:
        async with _waiting(handed.generation_id) as wait:
            if handed.stream:
                lines = entry.watch(streaming.lines(handed))
                wait.answered = await send_stream(receive, send, lines, headers=[*HEADERS, *headers])
            else:
                wait.answered = await _reply(handed, receive, send, headers, entry)
            entry.end(answered=wait.answered)
    finally:
        await asyncio.shield(in_thread(entry.write, handed.generation_id, headers))


class _Wait:
    answered = False


@contextlib.asynccontextmanager
async def _waiting(generation_id: UUID) -> AsyncIterator[_Wait]:
    wait = _Wait()
    await in_thread(waiters.come, generation_id)
    try:
        yield wait
    finally:
        await asyncio.shield(in_thread(waiters.go, generation_id, answered=wait.answered))
        if not wait.answered:
            # Not waited for: the connection is gone, and its place is to be free.
            task = asyncio.create_task(_stop_if_alone(generation_id))
            _leaving.add(task)
            task.add_done_callback(_leaving.discard)


async def _stop_if_alone(generation_id: UUID) -> None:
    await asyncio.sleep(GRACE_SECONDS)
    if await in_thread(waiters.is_alone, generation_id):
        await in_thread(stop, generation_id)


async def _reply(
    handed: Handed, receive: ASGIReceiveCallable, send: ASGISendCallable, headers: Headers, entry: logbook.Entry
) -> bool:
    """The pictures in one answer; False when the client went first."""
    drawing = asyncio.create_task(_until_over(handed.generation_id))
    leaving = asyncio.create_task(until_gone(receive))
    try:
        await asyncio.wait({drawing, leaving}, timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done() and not drawing.done():
            return False
        status, body = await _outcome(handed, entry)
        entry.status, entry.error = status, body.get("error", {})
        sent = [JSON, *headers]
        await send({"type": "http.response.start", "status": status, "headers": sent, "trailers": False})
        await send({"type": "http.response.body", "body": json.dumps(body).encode(), "more_body": False})
        return True
    except OSError:
        return False
    finally:
        for task in (drawing, leaving):
            task.cancel()
        await asyncio.gather(drawing, leaving, return_exceptions=True)


async def _until_over(generation_id: UUID) -> None:
    async with contextlib.aclosing(hub().follow(generation_id)) as events:
        async for event in events:
            if event.is_last:
                return


async def _outcome(handed: Handed, entry: logbook.Entry) -> tuple[int, dict[str, Any]]:
    """Status and body; whatever fails here is the server's error."""
    try:
        return await in_thread(_read, handed, entry)
    except Exception:
        log.exception("answer_failed")
        message = "Something went wrong here. Pictures that were finished are in the gallery."
        return HTTPStatus.INTERNAL_SERVER_ERROR, errors.envelope(message, kind=errors.SERVER, code=errors.SERVER)


def _read(handed: Handed, entry: logbook.Entry) -> tuple[int, dict[str, Any]]:
    """The pictures that were delivered, as those are paid for; an error only when there is none."""
    generation = entry.generation = load(handed.generation_id)
    if not (was_over := generation.is_over):
        # The wait is over before the drawing: nobody would fetch what comes later.
        stop(generation.pk)
    with in_scope(workspace=generation.workspace):
        if pictures := list(Picture.there.filter(generation=generation).order_by("index")):
            form, output = handed.response_format, handed.output_format
            return HTTPStatus.OK, payloads.reply(generation, pictures, response_format=form, output_format=output)
    return _unfinished(generation) if was_over else _too_late()


def _unfinished(generation: Generation) -> tuple[int, dict[str, Any]]:
    body = errors.outcome(generation.status, code=generation.error_code, message=generation.error_message)
    body = body or errors.envelope("", kind=errors.SERVER, code=errors.SERVER)
    is_ours = body["error"]["type"] == errors.SERVER
    return HTTPStatus.INTERNAL_SERVER_ERROR if is_ours else HTTPStatus.BAD_REQUEST, body


def _too_late() -> tuple[int, dict[str, Any]]:
    message = f"The picture was not drawn within {WAIT_SECONDS} seconds: too much is waiting. Nothing was charged."
    return HTTPStatus.SERVICE_UNAVAILABLE, errors.envelope(message, kind=errors.SERVER, code="timeout")
