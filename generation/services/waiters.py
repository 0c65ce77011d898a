"""Who waits for a generation's pictures by API: a request that goes away stops only what nobody else waits for.

Counted in Valkey, as the others may be at other web processes. Without Valkey everybody counts as alone.
"""

from uuid import UUID

from redis import Redis

from generation import valkey

EXPIRES_SECONDS = 3600


def come(generation_id: UUID) -> None:
    """Somebody begins to wait."""

    def count(client: Redis) -> None:
        pipe = client.pipeline()
        pipe.incr(_key(generation_id))
        pipe.expire(_key(generation_id), EXPIRES_SECONDS)
        pipe.execute()

    valkey.hint("waiters", count)


def go(generation_id: UUID, *, answered: bool) -> None:
    """Somebody has stopped waiting; `answered` with all that they waited for."""

    def count(client: Redis) -> None:
        pipe = client.pipeline()
        pipe.decr(_key(generation_id))
        if answered:
            pipe.set(_answered(generation_id), 1, ex=EXPIRES_SECONDS)
        pipe.execute()

    valkey.hint("waiters", count)


def is_alone(generation_id: UUID) -> bool:
    """Nobody waits for it, as far as is known."""
    return int(valkey.hint("waiters", lambda client: client.get(_key(generation_id))) or 0) <= 0


def was_answered(generation_id: UUID) -> bool:
    """Somebody has got all of it."""
    return bool(valkey.hint("waiters", lambda client: client.exists(_answered(generation_id))))


def _key(generation_id: UUID) -> str:
    return f"waiters:{generation_id}"


def _answered(generation_id: UUID) -> str:
    return f"answered:{generation_id}"
