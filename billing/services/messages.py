"""Sends task messages after the transaction. Each is a hint: beat finds in the rows what was not sent, or was lost."""

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def send(task: str, *args: str) -> None:
    """Send `task(*args)` once what is written now is committed."""
    transaction.on_commit(lambda: _send(task, args), robust=True)


def _send(task: str, args: tuple[str, ...]) -> None:
    try:
        # Asked first, as Celery's own client would retry for many seconds, and a request waits for this.
        cache.get("ping")
        current_app.send_task(task, args=args, retry=False)
    except (OperationalError, OSError, RedisError) as error:
        log.warning("message_not_sent", task=task, error=str(error))
