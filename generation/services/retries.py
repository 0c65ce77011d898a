"""Finds the generation that an earlier send of the same request has made, so that a repetition pays nothing."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import ApiKey
from generation.models import Generation
from generation.services import waiters

Status = Generation.Status
WINDOW = timedelta(minutes=15)
"""How long after the first try a retry without a key of its own is taken for one."""


@dataclass(frozen=True)
class Sent:
    """How a request came: the client's `Idempotency-Key`, a hash of its body, and whether it calls itself a retry."""

    key: str = ""
    body_hash: str = ""
    is_retry: bool = False


UNKNOWN = Sent()


class KeyReused(Exception):
    """The idempotency key came with another request before."""


def first_try(*, api_key: ApiKey, sent: Sent) -> Generation | None:
    """What the request has made already; None for a new one. Raises KeyReused. Runs in the workspace's scope."""
    rows = Generation.objects.select_related("workspace").filter(api_key=api_key)
    if sent.key:
        known = rows.filter(idempotency_key=sent.key).first()
        if known and known.request_hash != sent.body_hash:
            raise KeyReused
        return known
    return _lost(rows.filter(request_hash=sent.body_hash)) if sent.is_retry and sent.body_hash else None


def _lost(rows: QuerySet[Generation]) -> Generation | None:
    """The newest whose answer nobody has got. Clients mark retries and name no first try: of several equal requests
    at once each retry takes one that is left over."""
    alive = [Status.QUEUED, Status.RUNNING, Status.SUCCEEDED]
    recent = rows.filter(created_at__gte=timezone.now() - WINDOW, status__in=alive, idempotency_key=None)
    for row in recent.order_by("-created_at")[:20]:
        if waiters.is_alone(row.pk) and not waiters.was_answered(row.pk):
            return row
    return None
