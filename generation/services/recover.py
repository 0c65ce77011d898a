"""Finds work that was lost with a worker, and has it done again."""

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django_scopes import scope, scopes_disabled

from generation.models import Generation
from generation.services import lease

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
