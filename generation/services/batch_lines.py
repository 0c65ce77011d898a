"""The lines of a batch: how they end, and how many of them stand where."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count
from django_scopes import scope

from generation.models import Batch, BatchLine, Generation, Picture
from generation.services import outbox

FEED = "generation.tasks.feed_batch"
State = BatchLine.State


def ended(generation: Generation, *, status: str) -> None:
    """Note the end of a generation in the line that it is of, in the transaction that ends it."""
    if generation.batch_id is None:
        return
    with scope(workspace=generation.workspace):
        rows = BatchLine.objects.filter(generation=generation, state=State.OPEN)
        if rows.update(state=_state(generation, status)):
            outbox.put(workspace=generation.workspace, task=FEED, subject=generation.batch_id)


def counts(batches: Iterable[Batch]) -> dict[UUID, dict[str, int]]:
    """By batch, how many lines are in each state. Runs in the scope of their workspace."""
    found = {batch.pk: dict.fromkeys(State.values, 0) for batch in batches}
    rows = BatchLine.objects.filter(batch__in=list(found)).order_by()
    for batch, state, count in rows.values_list("batch", "state").annotate(count=Count("pk")):
        found[batch][state] = count
    return found


def _state(generation: Generation, status: str) -> State:
    """Pictures that were delivered are paid for, and so are an answer, as they are to a single request."""
    if status == Generation.Status.SUCCEEDED or Picture.objects.filter(generation=generation).exists():
        return State.SUCCEEDED
    return State.CANCELED if status == Generation.Status.CANCELED else State.FAILED
