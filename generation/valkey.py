"""The synchronous Valkey client of this process."""

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

Unavailable = redis.RedisError
"""Raised when Valkey does not answer; whoever publishes must go on without it."""


@cache
def client() -> redis.Redis:
    """Fails fast and once: the default retries sleep for seconds, and what we say through Valkey is only a hint."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=1,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
        health_check_interval=15,
    )
