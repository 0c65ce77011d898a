"""Which model workers are alive: each one announces itself in Valkey, and is forgotten when it stops doing so."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from generation import valkey

KEY = "model_workers"
EVERY_SECONDS = 3
EXPIRES_SECONDS = 10
OFFERS = ("modes", "sizes", "references")


@dataclass(frozen=True)
class Worker:
    """A worker process with a loaded model, and what that can draw.

    `rate` is the pace it has measured, in positions a second; None before its first picture. One that drains finishes
    what it has, and takes nothing new.
    """

    name: str
    model: str
    rate: float | None = None
    modes: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    is_draining: bool = False


def announce(
    *,
    name: str,
    model: str,
    rate: float | None = None,
    modes: Iterable[str] = (),
    sizes: Iterable[str] = (),
    references: Iterable[str] = (),
    is_draining: bool = False,
) -> None:
    """Say that this worker takes work; to be repeated every EVERY_SECONDS. Raises valkey.Unavailable."""
    now = _now()
    offers = {"modes": sorted(modes), "sizes": sorted(sizes), "references": sorted(references)}
    facts = {"model": model, "rate": rate, "draining": is_draining, **offers}
    store = valkey.client()
    store.hset(KEY, name, json.dumps(facts | {"until": now + EXPIRES_SECONDS}))
    if silent := [other for other, row in _rows().items() if row["until"] <= now]:
        store.hdel(KEY, *silent)


def withdraw(*, name: str) -> None:
    """Say that this worker takes no more work, though it may still finish some. Raises valkey.Unavailable."""
    valkey.client().hdel(KEY, name)


def live_workers() -> list[Worker]:
    """Workers heard of in the last EXPIRES_SECONDS. Raises valkey.Unavailable."""
    now = _now()
    return [
        Worker(
            name=name,
            model=row["model"],
            rate=row["rate"],
            is_draining=row.get("draining", False),
            **{what: frozenset(row.get(what, ())) for what in OFFERS},
        )
        for name, row in _rows().items()
        if row["until"] > now
    ]


def _rows() -> dict[str, dict[str, Any]]:
    rows = cast("dict[str, str]", valkey.client().hgetall(KEY))
    return {name: json.loads(row) for name, row in rows.items()}


def _now() -> int:
    # The server's clock: those of several machines differ.
    return valkey.client().time()[0]
