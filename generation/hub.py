"""Follows generations and feeds for many readers at once: one subscription a process wakes all who wait.

No thread and no database connection is held while waiting; only the occasional look at the row borrows one.
"""

import asyncio
import contextlib
import json
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import redis.asyncio as aioredis
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django_scopes import scopes_disabled
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from generation import progress
from generation.models import Generation, Picture

PING_SECONDS = 15.0
RECONNECT_SECONDS = 0.5
PAGE = 200
BATCH = 100
EVENT_ID = re.compile(r"\d{1,20}-\d{1,20}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Event:
    """`id` is the place in the stream, None for what is not from there: `snapshot` (the row) and `ping` (nothing)."""

    id: str | None
    name: str
    data: dict[str, Any]

    @property
    def is_last(self) -> bool:
        return self.name in progress.TERMINAL or (self.name == "snapshot" and self.data["status"] in progress.TERMINAL)


class Hub:
    """The process's ear at Valkey. Belongs to one event loop."""

    def __init__(self) -> None:
        # socket_timeout=None: a subscription is silent for as long as nobody draws.
        self._listener = _client(socket_timeout=None)
        self._reader = Reader()
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._subscriptions = 0

    async def follow(self, followed_id: UUID, *, after: str | None = None) -> AsyncGenerator[Event, None]:
        """The events of a generation, from the first or from the one `after`, until it is over; or those of a feed.

        The row is looked at where the stream has nothing (expired, or lost with Valkey), after each silence and when
        Valkey was away. A `snapshot` is given if nothing was heard before, or if the generation turns out to be over.
        A feed gives none and has no last event: its pages ask for its state every few seconds.
        """
        key, heard = progress.stream_key(followed_id), after is not None
        subscriptions = self._subscriptions
        with self._bell(key) as bell:
            while True:
                bell.clear()
                for event in await self._reader.read(key, after):
                    heard, after = True, event.id
                    yield event
                    if event.is_last:
                        return
                if heard and subscriptions == self._subscriptions and await _rings(bell):
                    continue
                snapshot = await _look(followed_id)
                if snapshot and (snapshot.is_last or not heard):
                    yield snapshot
                    if snapshot.is_last:
                        return
                elif subscriptions == self._subscriptions:
                    yield Event(None, "ping", {})
                heard, subscriptions = True, self._subscriptions

    @contextlib.contextmanager
    def _bell(self, key: str) -> Iterator[asyncio.Event]:
        """An event that rings whenever `key` has news, and when news may have been missed."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        bell = asyncio.Event()
        self._waiting[key].add(bell)
        try:
            yield bell
        finally:
            self._waiting[key].discard(bell)
            if not self._waiting[key]:
                del self._waiting[key]

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                log.warning("subscription_lost", error=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self) -> None:
        async with self._listener.pubsub(ignore_subscribe_messages=False) as channel:
            await channel.psubscribe(progress.stream_key("*"))
            async for message in channel.listen():
                if message["type"] == "psubscribe":
                    # Whatever was published before this moment went unheard.
                    self._subscriptions += 1
                    self._ring(*self._waiting)
                else:
                    self._ring(message["channel"])

    def _ring(self, *keys: str) -> None:
        for key in keys:
            for bell in self._waiting.get(key, ()):
                bell.set()


class Reader:
    """Reads streams over one connection: what was asked for meanwhile goes out together with the next trip."""

    def __init__(self) -> None:
        self._client = _client(socket_timeout=5)
        self._asked: list[tuple[str, str | None, asyncio.Future[list[Event]]]] = []
        self._task: asyncio.Task[None] | None = None

    async def read(self, key: str, after: str | None) -> list[Event]:
        """Up to PAGE events of the stream; none when Valkey is away."""
        answer: asyncio.Future[list[Event]] = asyncio.get_running_loop().create_future()
        self._asked.append((key, after, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        while self._asked:
            batch, self._asked = self._asked[:BATCH], self._asked[BATCH:]
            found = await self._fetch([(key, after) for key, after, _ in batch])
            for (_, _, answer), events in zip(batch, found, strict=True):
                # A reader that has gone has canceled its wish.
                if not answer.done():
                    answer.set_result(events)

    async def _fetch(self, places: list[tuple[str, str | None]]) -> list[list[Event]]:
        pipe = self._client.pipeline(transaction=False)
        for key, after in places:
            pipe.xrange(key, min=f"({after}" if after else "-", count=PAGE)
        try:
            found = await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("streams_not_read", error=str(error))
            return [[] for _ in places]
        return [[Event(place, fields["event"], json.loads(fields["data"])) for place, fields in rows] for rows in found]


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    return _hubs.get(loop) or _hubs.setdefault(loop, Hub())


async def _rings(bell: asyncio.Event) -> bool:
    """False after a silence of PING_SECONDS."""
    try:
        await asyncio.wait_for(bell.wait(), PING_SECONDS)
    except TimeoutError:
        return False
    return True


def _client(*, socket_timeout: float | None) -> aioredis.Redis:
    return aioredis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=socket_timeout,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


async def _look(generation_id: UUID) -> Event | None:
    """The row as an event; None while the database is away, or when there is no such row."""
    try:
        data = await sync_to_async(_row, thread_sensitive=False)(generation_id)
    except DatabaseError as error:
        log.warning("snapshot_not_read", error=str(error))
        return None
    return Event(None, "snapshot", data) if data else None


def _row(generation_id: UUID) -> dict[str, Any] | None:
    # Who may follow was settled by the ticket.
    with scopes_disabled():
        try:
            row = Generation.objects.filter(pk=generation_id).first()
            if row is None:
                return None
            pictures = (
                Picture.there.filter(generation=row).order_by("index").values_list("index", "pk", "seed", "seconds")
            )
            return {
                "status": row.status,
                "code": row.error_code,
                "message": row.error_message,
                "pictures": [
                    {"index": index, "picture_id": str(pk), "seed": seed, "seconds": seconds}
                    for index, pk, seed, seconds in pictures
                ],
            }
        finally:
            # No request ends here that would give the connection back.
            connection.close()
