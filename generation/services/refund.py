"""Gives back what a delivered picture cost; the picture stays."""

from django.db import transaction
from django_scopes import scope

from accounts.models import User
from accounts.services import audit
from billing import ledger
from generation.models import Picture


@transaction.atomic
def refund(*, picture: Picture, reason: str, by: User | None) -> int:
    """The micro-dollars that were given back, 0 when they had been before.

    Raises ledger.LedgerError for a picture that cost nothing, and ValueError without a reason.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= 200:
        raise ValueError("Give a reason of at most 200 characters.")
    hold, workspace = str(picture.generation_id), picture.workspace
    with scope(workspace=workspace):
        micros = ledger.refund(workspace=workspace, hold=hold, part=str(picture.index), reason=reason, by=by)
    if micros:
        audit.record("picture.refunded", workspace=workspace, actor=by, target=picture.pk, micros=micros, reason=reason)
    return micros
