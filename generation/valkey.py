"""The synchronous Valkey client of this process, and hints: calls that may fail without harm."""

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")
Unavailable = redis.RedisError
"""Raised when Valkey does not answer."""

PAUSE_SECONDS = 1.0
log = structlog.get_logger(__name__)


@cache
def client() -> redis.Redis:
    """Fails fast: the default retries sleep for seconds. One retry, for a connection that a restart has closed."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=1,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
    )


class Hints:
    """Runs calls that may fail: logs and gives None when Valkey is away.

    After a failure none is tried for a second; a worker that draws would otherwise wait at every row.
    """

    quiet_until = 0.0

    def __call__(self, what: str, call: Callable[[redis.Redis], T]) -> T | None:
        if time.monotonic() < self.quiet_until:
            return None
        try:
            return call(client())
        except Unavailable as error:
            self.quiet_until = time.monotonic() + PAUSE_SECONDS
            log.warning("valkey_unavailable", what=what, error=str(error))
            return None


hint = Hints()
