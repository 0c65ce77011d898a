"""Whether a workspace that uses its API keys is about to run out of credit."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import ApiKey, Workspace
from billing import ledger, prices

USED_WITHIN = timedelta(days=30)
PICTURES = 10
"""Less credit than these cost is little."""


def left(workspace: Workspace) -> int | None:
    """The micro-dollars that are left, where that is little for a workspace that uses the API; None elsewhere.

    Runs in the workspace's scope.
    """
    since = timezone.now() - USED_WITHIN
    if not ApiKey.objects.filter(workspace=workspace, revoked_at=None, last_used_at__gte=since).exists():
        return None
    balance = ledger.balance(workspace=workspace)
    return balance if balance < PICTURES * prices.of(prices.Item.SPEED) else None
