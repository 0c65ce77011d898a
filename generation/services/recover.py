"""Finds work that was lost with a worker or with the queue, and has it done again."""

from datetime import timedelta

import structlog
from celery import current_app
from django.db import transaction
from django.db.models.functions import Now
from django_scopes import scope, scopes_disabled

from generation import valkey
from generation.models import Generation, Outbox
from generation.services import lease, outbox

QUEUE = "gpu"
UNCLAIMED = timedelta(seconds=5)
LIMIT = 100

log = structlog.get_logger(__name__)


def requeue_expired() -> int:
    """Take generations from workers that no longer renew their lease; how many. The third time ends them."""
    with scopes_disabled():
        rows = Generation.objects.select_related("workspace").filter(
            status=Generation.Status.RUNNING, lease_until__lt=Now()
        )
        expired = list(rows.order_by("lease_until")[:LIMIT])
    return sum(_give_up(generation) for generation in expired)


def _give_up(generation: Generation) -> bool:
    log.warning("lease_expired", generation=str(generation.pk), attempt=generation.attempt, worker=generation.worker)
    with scope(workspace=generation.workspace), transaction.atomic():
        # The worker may have come back between the look and now.
        still = Generation.objects.filter(pk=generation.pk, attempt=generation.attempt, lease_until__lt=Now())
        return still.select_for_update().exists() and lease.give_up(generation=generation)


def resend_lost() -> int:
    """Send messages again for queued generations that the queue no longer knows; how many.

    Only while the queue is empty: with messages waiting, a queued generation is in line, not lost.
    """
    if not valkey.hint("recover", lambda client: client.ping()) or _queue_length():
        return 0
    with scopes_disabled():
        waiting = Generation.objects.select_related("workspace").filter(
            status=Generation.Status.QUEUED, enqueued_at__lt=Now() - UNCLAIMED
        )
        unsent = Outbox.objects.filter(task=outbox.GENERATE).values("subject")
        lost = list(waiting.exclude(pk__in=unsent).order_by("created_at")[:LIMIT])
    for generation in lost:
        with scope(workspace=generation.workspace), transaction.atomic():
            outbox.enqueue(generation=generation)
    return len(lost)


def _queue_length() -> int:
    with current_app.connection_for_read() as connection:
        # kombu's Redis transport keeps a queue as a list of the same name.
        return int(connection.default_channel.client.llen(QUEUE))
