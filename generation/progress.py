"""What a page or a client sees while a generation runs: a Valkey stream, and signed tickets to follow it.

The stream is a view that may be lost; the database row is the truth. Events and their data:
queued {}; started {attempt, model}; preview {index, row, rows, image}; picture {index, picture_id, seed, seconds};
and one of succeeded {}, failed {code, message}, canceled {}, blocked {message}.
"""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from redis import Redis

from generation import valkey
from generation.models import Generation

TERMINAL = frozenset({"succeeded", "failed", "canceled", "blocked"})
TICKET_SECONDS = 15 * 60
STREAM_SECONDS = 3600
STREAM_LENGTH = 1000
SALT = "generation.events"


def stream_key(generation_id: UUID | str) -> str:
    """Name of the stream, and of the channel that wakes its readers."""
    return f"job:{generation_id}"


def publish(generation_id: UUID, event: str, data: dict[str, Any] | None = None) -> None:
    """Append one event and wake the readers. Without Valkey it logs and goes on."""
    fields = {"event": event, "data": json.dumps(data or {})}
    valkey.hint(event, lambda client: _append(client, stream_key(generation_id), fields))


def _append(client: Redis, key: str, fields: dict[Any, Any]) -> None:
    with client.pipeline(transaction=False) as pipe:
        pipe.xadd(key, fields, maxlen=STREAM_LENGTH, approximate=True)
        pipe.expire(key, STREAM_SECONDS)
        pipe.publish(key, fields["event"])
        pipe.execute()


def ask_to_stop(generation_id: UUID) -> None:
    """Tell the drawing worker of a cancellation at once; without Valkey it finds the row's flag a little later."""
    valkey.hint("cancel", lambda client: client.set(f"cancel:{generation_id}", "1", ex=STREAM_SECONDS))


def is_asked_to_stop(generation_id: UUID) -> bool:
    return bool(valkey.hint("canceled?", lambda client: client.exists(f"cancel:{generation_id}")))


def events_url(generation: Generation) -> str:
    """Where the generation's events can be followed for the next 15 minutes, by whoever holds the URL."""
    ticket = signing.TimestampSigner(salt=SALT).sign(f"{generation.pk}.{generation.workspace_id}")
    return f"/events/{generation.pk}?{urlencode({'ticket': ticket})}"


def read_ticket(ticket: str) -> tuple[UUID, UUID] | None:
    """The ids of generation and workspace; None when the ticket is forged or too old."""
    try:
        value = signing.TimestampSigner(salt=SALT).unsign(ticket, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        return None
    generation_id, _, workspace_id = value.partition(".")
    return UUID(generation_id), UUID(workspace_id)
