"""Whether a workspace that uses its API keys is about to run out of credit."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import ApiKey, Workspace
from billing import ledger, prices

USED_WITHIN = timedelta(days=30)
PICTURES = 10
"""Less credit than these cost is little."""


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
