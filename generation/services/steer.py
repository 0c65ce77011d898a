"""What staff do with somebody's generation: stop it, or have what is missing of it drawn after all."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django_scopes import scope

from accounts.models import User
from accounts.services import audit
from accounts.services.rights import Refused
from billing import ledger
from generation import progress
from generation.models import Generation, Picture
from generation.services import cancel, lease, outbox

Status = Generation.Status


@transaction.atomic
def stop(*, generation: Generation, reason: str, by: User) -> None:
    """Stop it; what was delivered stays, and the rest is given back. Raises Refused where it is over."""
    if generation.is_over:
        raise Refused("It is over already.")
    with scope(workspace=generation.workspace):
        cancel.cancel(generation=generation)
    _record("generation.canceled", generation, reason, by)


@transaction.atomic
def again(*, generation: Generation, reason: str, by: User) -> None:
    """Put it back into the line: one that has failed, or that waits for nothing. Raises Refused.

    What was delivered is not drawn or charged again, and money for the rest is reserved anew. Asked for twice, the
    second finds it in the line.
    """
    with scope(workspace=generation.workspace):
        rows = Generation.objects.select_for_update(of=("self",)).select_related("workspace")
        row = rows.get(pk=generation.pk)
        if row.status == Status.QUEUED:
            outbox.enqueue(generation=row)
        elif row.status == Status.RUNNING:
            _take_from_worker(row)
        elif row.status == Status.FAILED:
            _reopen(row)
        else:
            raise Refused(f"It has {row.status}, and is not drawn again.")
    _record("generation.requeued", generation, reason, by)


def _take_from_worker(row: Generation) -> None:
    if not Generation.objects.filter(pk=row.pk, lease_until__lt=Now()).exists():
        raise Refused("A worker is drawing it.")
    lease.give_up(generation=row)


def _reopen(row: Generation) -> None:
    if row.batch_id:
        raise Refused("It is the line of a batch, which has counted it as failed. Its owner can send that line again.")
    delivered = set(Picture.objects.filter(generation=row).values_list("index", flat=True))
    missing = [index for index in range(row.n) if index not in delivered]
    if not missing:
        raise Refused("All of its pictures are there.")
    if cost := sum(row.price_of(index) for index in missing):
        _reserve(row, cost)
    # The attempts before count no longer, so that it has three again.
    Generation.objects.filter(pk=row.pk).update(
        status=Status.QUEUED,
        error_code="",
        error_message="",
        finished_at=None,
        cancel_requested_at=None,
        handed_back=F("attempt"),
    )
    transaction.on_commit(lambda: progress.publish(row, "queued"), robust=True)
    outbox.enqueue(generation=row)


def _reserve(row: Generation, cost: int) -> None:
    try:
        ledger.reserve(workspace=row.workspace, hold=str(row.pk), amount_micros=cost, again=row.attempt + 1)
    except ledger.InsufficientFunds as poor:
        raise Refused("The workspace has too little credit for what is missing.") from poor


def _record(action: str, generation: Generation, reason: str, by: User) -> None:
    audit.record(action, workspace=generation.workspace, actor=by, target=generation.pk, reason=reason)
