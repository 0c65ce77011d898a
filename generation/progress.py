"""What a page or a client sees while a generation runs: a Valkey stream, and signed tickets to follow it.

The stream is a view that may be lost; the database row is the truth. Events and their data:
queued {}; started {attempt, model}; preview {index, row, rows, image}; picture {index, picture_id, seed, seconds};
and one of succeeded {}, failed {code, message}, canceled {}, blocked {message}.
The generations of a feed share one stream, as browsers open few connections. There every event also has the `place`
in the feed, and in place of the last four, which would end the stream, stands `over`.
"""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from redis import Redis

from generation import valkey
from generation.models import Feed, Generation

TERMINAL = frozenset({"succeeded", "failed", "canceled", "blocked"})
TICKET_SECONDS = 15 * 60
STREAM_SECONDS = 3600
STREAM_LENGTH = 1000
FEED_LENGTH = 200
"""A feed's stream is read anew by each page, which only needs what is being drawn."""

SALT = "generation.events"


def stream_key(followed_id: UUID | str) -> str:
    """Name of the stream of a generation or a feed, and of the channel that wakes its readers."""
    return f"job:{followed_id}"


def publish(generation: Generation, event: str, data: dict[str, Any] | None = None) -> None:
    """Append one event and wake the readers. Without Valkey it logs and goes on."""
    followed, length = generation.feed_id or generation.pk, STREAM_LENGTH
    if generation.feed_id:
        event, length = "over" if event in TERMINAL else event, FEED_LENGTH
        data = (data or {}) | {"place": generation.feed_index}
    fields = {"event": event, "data": json.dumps(data or {})}
    valkey.hint(event, lambda client: _append(client, stream_key(followed), fields, length))


def _append(client: Redis, key: str, fields: dict[Any, Any], length: int) -> None:
    with client.pipeline(transaction=False) as pipe:
        pipe.xadd(key, fields, maxlen=length, approximate=True)
        pipe.expire(key, STREAM_SECONDS)
        pipe.publish(key, fields["event"])
        pipe.execute()


def ask_to_stop(generation_id: UUID) -> None:
    """Tell the drawing worker of a cancellation at once; without Valkey it finds the row's flag a little later."""
    valkey.hint("cancel", lambda client: client.set(f"cancel:{generation_id}", "1", ex=STREAM_SECONDS))


def is_asked_to_stop(generation_id: UUID) -> bool:
    return bool(valkey.hint("canceled?", lambda client: client.exists(f"cancel:{generation_id}")))


def events_url(followed: Generation | Feed) -> str:
    """Where its events can be followed for the next 15 minutes, by whoever holds the URL."""
    ticket = signing.TimestampSigner(salt=SALT).sign(f"{followed.pk}.{followed.workspace_id}")
    return f"/events/{followed.pk}?{urlencode({'ticket': ticket})}"


def read_ticket(ticket: str) -> tuple[UUID, UUID] | None:
    """The ids of what is followed and of the workspace; None when the ticket is forged or too old."""
    try:
        value = signing.TimestampSigner(salt=SALT).unsign(ticket, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        return None
    followed_id, _, workspace_id = value.partition(".")
    return UUID(followed_id), UUID(workspace_id)
