"""Streams pictures to API clients while they are drawn, in OpenAI's event format.

The Django view checks and queues the request, then hands over; the stream runs outside Django, so that an open one
holds no thread and no database connection.
"""

import asyncio
import base64
import contextlib
import io
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import structlog
from django_scopes import scope as in_scope
from PIL import Image

from generation.api import errors, payloads
from generation.api.handover import Handed
from generation.api.rows import in_thread, load, stop
from generation.catalog import Size
from generation.hub import Event, hub
from generation.models import Generation, Picture
from generation.storage import Format, encode_image

log = structlog.get_logger(__name__)

UNDRAWN = (128, 128, 128)
"""Neutral grey where a partial picture has no pixels yet; clients expect opaque ones."""


async def lines(stream: Handed) -> AsyncIterator[bytes]:
    """The events; what fails here is told as the last of them, as the status is long sent."""
    try:
        async with contextlib.aclosing(_events(stream)) as lines:
            async for line in lines:
                yield line
    except Exception:
        log.exception("stream_failed")
        await in_thread(stop, stream.generation_id)
        message = "Something went wrong here. Pictures that were not sent are in the gallery if they were finished."
        yield _line("error", errors.envelope(message, kind=errors.SERVER, code=errors.SERVER))


async def _events(stream: Handed) -> AsyncGenerator[bytes, None]:
    generation = await in_thread(load, stream.generation_id)
    about = payloads.described(generation, stream.output_format)
    partials = Partials(stream.partial_images, generation.size, stream.output_format)
    sent: set[int] = set()
    async with contextlib.aclosing(hub().follow(stream.generation_id)) as events:
        async for event in events:
            if event.name == "ping":
                yield b": keep-alive\n\n"
            elif event.name == "preview":
                if partials.want(event):
                    partial = await asyncio.to_thread(partials.take, event)
                    yield _line(f"{stream.kind}.partial_image", {**partial, **_now(), **about})
            # Whatever else happens, pictures may be there: events may be lost, rows are not.
            elif event.name == "picture" or event.is_last:
                for picture, b64_json in await in_thread(_new, generation, sent, stream.output_format):
                    sent.add(picture.index)
                    if early := partials.unsent(picture.index):
                        partial = await asyncio.to_thread(partials.take, early)
                        yield _line(f"{stream.kind}.partial_image", {**partial, **_now(), **about})
                    data = {"b64_json": b64_json, "image_index": picture.index, **_now(), **about}
                    yield _line(f"{stream.kind}.completed", {**data, "usage": payloads.usage(generation, [picture])})
            if event.is_last and (error := _error(event)):
                yield _line("error", error)


class Partials:
    """Picks the previews that are sent: `count` a picture, spread evenly over its rows.

    Previews are left out where the machine is busy, or the picture is soon finished: then the newest that came is sent,
    whichever row it shows, so that a picture has one at least if there was any.
    """

    def __init__(self, count: int, size: Size, output_format: Format) -> None:
        self._count = count
        self._size = size
        self._format = output_format
        self._sent: Counter[int] = Counter()
        self._newest: dict[int, Event] = {}

    def want(self, event: Event) -> bool:
        """Whether the preview is one of those to be sent."""
        sent = self._sent[event.data["index"]]
        self._newest[event.data["index"]] = event
        return sent < self._count and event.data["row"] >= event.data["rows"] * (sent + 1) / (self._count + 1)

    def unsent(self, index: int) -> Event | None:
        """The newest preview of a picture that is finished, where none of it was sent."""
        newest = self._newest.pop(index, None)
        return newest if self._count and not self._sent[index] else None

    def take(self, event: Event) -> dict[str, Any]:
        """The preview as a partial image."""
        index, sent = event.data["index"], self._sent[event.data["index"]]
        self._sent[index] += 1
        return {"b64_json": self._encode(event.data["image"]), "partial_image_index": sent, "image_index": index}

    def _encode(self, data_uri: str) -> str:
        webp = base64.b64decode(data_uri.partition(",")[2])
        with Image.open(io.BytesIO(webp), formats=("WEBP",)) as image:
            preview = image.convert("RGBA").resize((self._size.width, self._size.height), Image.Resampling.BILINEAR)
        canvas = Image.new("RGB", preview.size, UNDRAWN)
        canvas.paste(preview, mask=preview.getchannel("A"))
        return base64.b64encode(encode_image(canvas, self._format)).decode()


def _line(name: str, data: dict[str, Any]) -> bytes:
    # No `id:` lines: together with keep-alive comments they crash clients.
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()


def _now() -> dict[str, int]:
    return {"created_at": int(time.time())}


def _error(event: Event) -> dict[str, Any] | None:
    """What went wrong, if the generation ended without success."""
    state = event.data["status"] if event.name == "snapshot" else event.name
    return errors.outcome(state, code=event.data.get("code", ""), message=event.data.get("message", ""))


def _new(generation: Generation, sent: set[int], output_format: Format) -> list[tuple[Picture, str]]:
    with in_scope(workspace=generation.workspace):
        pictures = Picture.there.filter(generation=generation).exclude(index__in=sent).order_by("index")
        return [(picture, payloads.b64(picture, output_format)) for picture in pictures]
