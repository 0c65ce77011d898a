"""Staff put a workspace's credit right, with a reason that the workspace reads on its statement."""

from datetime import datetime

from django.db import transaction
from django_scopes import scope

from accounts.models import User, Workspace
from accounts.services import audit
from billing import ledger
from billing.ledger import Move


@transaction.atomic
def adjust(
    *,
    workspace: Workspace,
    key: str,
    amount_micros: int,
    reason: str,
    by: User | None,
    expires_at: datetime | None = None,
) -> bool:
    """Add credit or (below zero) take it away; False when this key was used before.

    What is added is a gift, spent before the wallet, and ends when told. Raises ledger.InsufficientFunds when less is
    there than is to be taken, ledger.LedgerError for nothing, and ValueError without a reason.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= 200:
        raise ValueError("Give a reason of at most 200 characters.")
    with scope(workspace=workspace):
        if amount_micros < 0:
            done = ledger.take(workspace=workspace, key=key, amount_micros=-amount_micros, reason=reason, by=by)
        else:
            done = ledger.grant(workspace=workspace, key=key, amount_micros=amount_micros, expires_at=expires_at,
                                reason=reason, by=by, kind=Move.ADJUST)  # fmt: skip
    if done:
        audit.record("credit.adjusted", workspace=workspace, actor=by, micros=amount_micros, reason=reason)
    return done
