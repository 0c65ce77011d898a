"""Which model workers are alive: each one announces itself in Valkey, and is forgotten when it stops doing so."""

import json
from dataclasses import dataclass
from typing import cast

from generation import valkey

KEY = "workers"
EVERY_SECONDS = 3
EXPIRES_SECONDS = 10


@dataclass(frozen=True)
class Worker:
    """A worker process with a loaded model."""

    name: str
    model: str


def announce(*, name: str, model: str) -> None:
    """Say that this worker is alive; to be repeated every EVERY_SECONDS. Raises valkey.Unavailable."""
    store = valkey.client()
    now = _now()
    store.zadd(KEY, {json.dumps([name, model]): now + EXPIRES_SECONDS})
    store.zremrangebyscore(KEY, "-inf", now)


def withdraw(*, name: str, model: str) -> None:
    """Say that this worker stops. Raises valkey.Unavailable."""
    valkey.client().zrem(KEY, json.dumps([name, model]))


def live_workers() -> list[Worker]:
    """Workers heard of in the last EXPIRES_SECONDS. Raises valkey.Unavailable."""
    rows = cast("list[str]", valkey.client().zrangebyscore(KEY, _now(), "+inf"))
    return [Worker(*json.loads(row)) for row in rows]


def _now() -> int:
    # The server's clock: those of several machines differ.
    return valkey.client().time()[0]
