"""Generations that do not come on: their worker is long gone, or they wait far longer than others."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from generation.models import Generation

LOST = timedelta(minutes=1)
"""Beat looks for dead workers each 5 s: a lease that is over for so long was not seen by it."""
WAITED = timedelta(minutes=10)
"""Far beyond what the line promises anybody. Batches stand in a line of their own, and may take a day."""
Status = Generation.Status


def rows() -> QuerySet[Generation]:
    """The oldest first, of all workspaces."""
    now = timezone.now()
    lost = Q(status=Status.RUNNING, lease_until__lt=now - LOST)
    waiting = Q(status=Status.QUEUED, created_at__lt=now - WAITED, batch=None)
    return Generation.objects.filter(lost | waiting).order_by("created_at")
