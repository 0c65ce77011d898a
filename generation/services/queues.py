"""What waits besides pictures: messages that are still to be sent, webhooks to tell, batches under way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from generation.models import Batch, Delivery, Outbox


@dataclass(frozen=True)
class Queue:
    """How many wait in it, and since when the first of them does."""

    label: str
    number: int
    oldest: datetime | None


def others() -> list[Queue]:
    """Runs where all workspaces are seen."""
    waiting = Delivery.objects.filter(status=Delivery.Status.WAITING)
    over = (Batch.State.FINISHED, Batch.State.CANCELED)
    return [
        _queue("Messages not sent yet", Outbox.objects.all(), "created_at"),
        _queue("Webhook deliveries waiting", waiting, "created_at"),
        _queue("Batches under way", Batch.objects.exclude(state__in=over), "created_at"),
    ]


def _queue(label: str, rows: QuerySet[Any], moment: str) -> Queue:
    found = rows.order_by().aggregate(number=Count("pk"), oldest=Min(moment))
    return Queue(label, found["number"], found["oldest"])
