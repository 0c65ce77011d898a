"""Waits for a generation to end, for callers that answer all at once."""

import time
from typing import Any, cast
from uuid import UUID

from django.db import connection
from redis import Redis

from generation import progress, valkey
from generation.models import Generation
from generation.services.patience import patiently

LOOK_SECONDS = 1.0


def until_over(*, generation: Generation, seconds: float) -> Generation:
    """The generation as it is once it is over, or after `seconds`.

    The stream says when to look; the row is looked at each second all the same, as the stream may be lost. No database
    connection is held meanwhile, so waiting requests do not use up the pool.
    """
    deadline = time.monotonic() + seconds
    place = "0"
    while True:
        row = patiently(lambda: Generation.objects.get(pk=generation.pk))
        if row.is_over or time.monotonic() > deadline:
            return row
        connection.close()
        place = _next_end(generation.pk, place)


def _next_end(generation_id: UUID, place: str) -> str:
    """Return when the stream tells of the end, or after a second; with the place it was read to."""
    until = time.monotonic() + LOOK_SECONDS
    while (left := until - time.monotonic()) > 0:
        entries = valkey.hint("wait", lambda client, place=place, left=left: _read(client, generation_id, place, left))  # type: ignore[misc]
        if entries is None:
            time.sleep(left)
        for entry, fields in entries or ():
            place = entry
            if fields["event"] in progress.TERMINAL:
                return place
    return place


def _read(client: Redis, generation_id: UUID, place: str, seconds: float) -> list[tuple[str, dict[str, str]]]:
    key = progress.stream_key(generation_id)
    answer = cast("Any", client.xread({key: place}, block=max(1, int(seconds * 1000))))
    streams = answer.items() if isinstance(answer, dict) else answer or ()
    return [entry for _, entries in streams for entry in entries]
