"""Who may work on a generation: claims, renewals and endings, each a compare-and-set on the row.

A worker that was taken for dead may still be alive. So every write after the claim names the `attempt` it belongs to;
when another worker has claimed since, the write finds no row and changes nothing.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django_scopes import scopes_disabled

from billing import ledger
from generation import progress
from generation.models import Generation
from generation.services import batch_lines, happenings, outbox

MAX_ATTEMPTS = 3
GIVEN_UP = "The picture could not be drawn in three attempts. What is missing was not charged; try again."
Status = Generation.Status


def claim_next(*, worker: str, model: str, before: float | None = None) -> Generation | None:
    """Take the queued generation whose turn it is, if that is smaller than `before`; None when there is nothing to do.

    The generation comes with its workspace; its `attempt` is the caller's fencing token.
    """
    # Most looks find nothing: they are to cost no transaction.
    with scopes_disabled():
        if not Generation.objects.filter(status=Status.QUEUED).exists():
            return None
    return _claim(worker=worker, model=model, before=before)


@transaction.atomic
def _claim(*, worker: str, model: str, before: float | None) -> Generation | None:
    # Nobody is in a scope yet: the row says whose it is.
    with scopes_disabled():
        waiting = _claimable().select_related("workspace").order_by("turn", "created_at")
        if before is not None:
            waiting = waiting.filter(turn__lt=before)
        # The workspace is locked too: two claims at once would both find a lane free.
        first = waiting.select_for_update(of=("self", "workspace"), skip_locked=True, no_key=True).first()
        # Asked again, as lanes may have been taken between the look and the lock.
        if first is None or not _claimable().filter(pk=first.pk).update(
            status=Status.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=_lease_end(),
            worker=worker,
            model=model,
            started_at=Coalesce("started_at", Now()),
        ):
            return None
        return Generation.objects.select_related("workspace").get(pk=first.pk)


def _claimable() -> QuerySet[Generation]:
    """What is queued by workspaces with a lane free. Batches have lanes of their own."""
    free = [Q(batch__isnull=is_none, lanes__gt=_running(batch__isnull=is_none)) for is_none in (True, False)]
    return Generation.objects.filter(free[0] | free[1], status=Status.QUEUED)


def _running(**which: Any) -> Coalesce:
    """For queries: how many generations of the row's workspace are being drawn."""
    running = Generation.objects.filter(workspace=OuterRef("workspace"), status=Status.RUNNING, **which).order_by()
    return Coalesce(Subquery(running.values("workspace").annotate(count=Count("pk")).values("count")), 0)


def renew(*, generation: Generation) -> bool:
    """Keep the lease; False when the attempt is over: somebody else has it, or it was asked to stop."""
    return bool(held(generation).filter(cancel_requested_at=None).update(lease_until=_lease_end()))


def held(generation: Generation) -> QuerySet[Generation]:
    """The row, as long as it still belongs to this attempt."""
    return Generation.objects.filter(pk=generation.pk, attempt=generation.attempt, status=Status.RUNNING)


def finish(*, generation: Generation, status: Generation.Status, code: str = "", message: str = "") -> bool:
    """End this attempt's generation and release what was reserved and not delivered; False when it is fenced off."""
    return close(held(generation), generation, status=status, code=code, message=message)


@transaction.atomic
def close(
    rows: QuerySet[Generation], generation: Generation, *, status: Generation.Status, code: str = "", message: str = ""
) -> bool:
    """End the generation if it is still among `rows`; the one place where generations end."""
    ended = rows.update(
        status=status, error_code=code, error_message=message, finished_at=Now(), lease_until=None, worker=""
    )
    if not ended:
        return False
    if generation.price_micros:
        ledger.release(workspace=generation.workspace, hold=str(generation.pk))
    batch_lines.ended(generation, status=status)
    happenings.generation_ended(generation, status=status, code=code, message=message)
    told: dict[str, Any] = {"code": code, "message": message} if status == Status.FAILED else {}
    if status == Status.BLOCKED:
        told = {"message": message}
    transaction.on_commit(lambda: progress.publish(generation, status.value, told), robust=True)
    return True


def hand_back(*, generation: Generation) -> bool:
    """Put the generation back into the queue because this worker stops; that costs it none of its attempts."""
    return _leave(generation, last=False, handed_back=F("handed_back") + 1)


def give_up(*, generation: Generation) -> bool:
    """This attempt failed: queue the next one, or end the generation when it was the last."""
    return _leave(generation, last=generation.attempt - generation.handed_back >= MAX_ATTEMPTS)


@transaction.atomic
def _leave(generation: Generation, *, last: bool, **changes: Any) -> bool:
    row = held(generation).select_for_update().first()
    if row is None:
        return False
    # A generation that was canceled must not go back into the queue: nobody would claim it there.
    if row.cancel_requested_at:
        return finish(generation=generation, status=Status.CANCELED)
    if last:
        return finish(generation=generation, status=Status.FAILED, code="worker_lost", message=GIVEN_UP)
    return _requeue(generation, **changes)


def _requeue(generation: Generation, **changes: Any) -> bool:
    if not held(generation).update(status=Status.QUEUED, lease_until=None, worker="", **changes):
        return False
    transaction.on_commit(lambda: progress.publish(generation, "queued"), robust=True)
    outbox.enqueue(generation=generation)
    return True


def _lease_end() -> Any:
    # The database's clock, as workers on several machines share no other.
    return Now() + timedelta(seconds=settings.AURORA_LEASE_SECONDS)
