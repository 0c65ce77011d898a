"""Ends gifts whose time has come. They cannot be spent from that moment on; this writes it into the books."""

import structlog
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Workspace
from billing import ledger
from billing.models import Account

log = structlog.get_logger(__name__)

BATCH = 500


def expire_gifts() -> int:
    """End what is over, in the workspaces that have some; how many micro-dollars that were."""
    ended = 0
    for workspace in _workspaces():
        with scope(workspace=workspace):
            ended += ledger.expire(workspace=workspace)
    if ended:
        log.info("gifts_ended", micros=ended)
    return ended


def _workspaces() -> list[Workspace]:
    """BATCH at most: what is left is found the next time."""
    over = {"kind": ledger.Kind.GIFT, "balance__gt": 0, "expires_at__lte": timezone.now()}
    with scopes_disabled():
        ids = Account.objects.filter(**over).order_by("expires_at").values_list("workspace", flat=True)[:BATCH]
        return list(Workspace.objects.filter(pk__in=set(ids)))
