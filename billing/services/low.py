"""Whether a workspace that uses its API keys is about to run out of credit."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.core.cache import cache
from django.utils import timezone
from django_scopes import scope
from redis.exceptions import RedisError

from accounts.models import ApiKey, Workspace
from billing import ledger, prices
from billing.models import Account
from billing.signals import credit_low

USED_WITHIN = timedelta(days=30)
PICTURES = 10
"""Less credit than these cost is little."""

LOOK_EVERY_SECONDS = 5
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Little:
    """What is left; `is_out` where no picture can be paid from it."""

    micros: int
    is_out: bool


def little(workspace: Workspace) -> Little | None:
    """What is left where that is little for a workspace that uses the API; None elsewhere. Runs in its scope."""
    since = timezone.now() - USED_WITHIN
    if not ApiKey.objects.filter(workspace=workspace, revoked_at=None, last_used_at__gte=since).exists():
        return None
    balance, price = ledger.balance(workspace=workspace), prices.of(prices.Item.SPEED)
    return Little(balance, is_out=balance < price) if balance < PICTURES * price else None


def on_reserved(sender: type[Account], *, workspace: Workspace, **_: object) -> None:
    """Money was set aside: say so where little is left. A flood of requests is looked at every few seconds."""
    try:
        if not cache.add(f"billing:low:{workspace.pk}", 1, LOOK_EVERY_SECONDS):
            return
    except RedisError as error:
        log.warning("low_credit_not_looked_at", error=str(error))
        return
    with scope(workspace=workspace):
        left = little(workspace)
    if left:
        credit_low.send(sender=Account, workspace=workspace, micros=left.micros, is_out=left.is_out)
