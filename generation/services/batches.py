"""Batches: taken whole or not at all, watched, and canceled. `batch_feeder` begins their lines, a few at a time."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts.models import ApiKey, User, Workspace
from accounts.permissions import Action
from accounts.services import rights, switches
from billing import prices
from generation.models import Batch, BatchLine, Picture
from generation.services import batch_lines, limits, outbox, retries
from generation.services.batch_feeder import end_if_done
from generation.services.cancel import cancel as cancel_generation
from generation.services.order import Order
from generation.services.retries import KeyReused, Sent

MOST_LINES = 10_000
MOST_BYTES = 20_000_000
MOST_OPEN = 20
"""Batches of a workspace that are not over."""

State = Batch.State


class TooMany(Exception):
    """The workspace has as many batches under way as it may have."""


@dataclass(frozen=True)
class Line:
    """A checked request of a batch; `output_format` as a text, see storage.Format."""

    custom_id: str
    order: Order
    output_format: str
    end_user: str = ""

    @property
    def wish(self) -> dict[str, Any]:
        """As the row keeps it. The seed is settled, so that whoever begins the line asks for the same pictures."""
        return {
            "prompt": self.order.prompt,
            "mode": self.order.mode.name,
            "size": str(self.order.size),
            "n": self.order.n,
            "seed": self.order.seed,
            **dataclasses.asdict(self.order.steering),
            "output_format": self.output_format,
            "end_user": self.end_user,
        }


@transaction.atomic
def create(*, api_key: ApiKey, lines: Sequence[Line], name: str = "", sent: Sent) -> Batch:
    """Store the batch and have it begun. Runs in the workspace's scope.

    Raises TooMany, switches.Off, or IntegrityError for a name of the request that was used a moment ago.
    """
    workspace = api_key.workspace
    switches.demand(switches.Name.BATCHES, workspace)
    _hold(workspace)
    over = [State.CANCELED, State.FINISHED]
    if Batch.objects.filter(workspace=workspace).exclude(state__in=over).count() >= MOST_OPEN:
        raise TooMany(f"{MOST_OPEN} batches of this workspace are under way. Wait for one to finish, or cancel one.")
    batch = Batch.objects.create(
        workspace=workspace,
        created_by=api_key.created_by,
        api_key=api_key,
        name=name,
        total=len(lines),
        most_micros=_cost(lines),
        idempotency_key=sent.key or None,
        request_hash=sent.body_hash,
    )
    rows = (
        BatchLine(workspace=workspace, batch=batch, index=index, custom_id=line.custom_id, wish=line.wish)
        for index, line in enumerate(lines)
    )
    BatchLine.objects.bulk_create(rows, batch_size=1000)
    outbox.put(workspace=workspace, task=batch_lines.FEED, subject=batch.pk)
    return batch


def first_try(*, api_key: ApiKey, sent: Sent) -> Batch | None:
    """The batch that the same request has made already, as `retries.first_try`. Raises KeyReused."""
    rows = Batch.objects.filter(api_key=api_key)
    if sent.key:
        known = rows.filter(idempotency_key=sent.key).first()
        if known and known.request_hash != sent.body_hash:
            raise KeyReused
        return known
    if not sent.is_retry:
        return None
    recent = rows.filter(created_at__gte=timezone.now() - retries.WINDOW, idempotency_key=None)
    return recent.filter(request_hash=sent.body_hash).order_by("-created_at").first()


def cancel(*, batch: Batch) -> Batch:
    """Begin no more of it, and stop what is being drawn. What was delivered stays, and stays charged."""
    if _close(batch):
        # Each in a transaction of its own: together their locks would meet those of workers that deliver.
        lines = BatchLine.objects.filter(batch=batch, state=BatchLine.State.OPEN).select_related("generation")
        for line in lines:
            if line.generation:
                cancel_generation(generation=line.generation)
        end_if_done(batch.pk)
    batch.refresh_from_db()
    return batch


def stop(*, batch: Batch, actor: User) -> Batch:
    """As `cancel`, for a person: one's own, or with the right to moderate everybody's. Raises PermissionDenied."""
    rights.demand(actor, Action.CREATE, batch.workspace)
    if batch.created_by_id != actor.pk:
        rights.demand(actor, Action.MODERATE, batch.workspace)
    return cancel(batch=batch)


def of(*, workspace: Workspace, maker: User | None = None) -> QuerySet[Batch]:
    """The workspace's batches, newest first; with `maker` those of that member."""
    rows = Batch.objects.filter(workspace=workspace).select_related("workspace", "created_by")
    rows = rows.order_by("-created_at", "-id")
    return rows if maker is None else rows.filter(created_by=maker)


def charged(batches: Iterable[Batch]) -> dict[UUID, int]:
    """Micro-dollars that the delivered pictures of each cost. Runs in the scope of their workspace."""
    sums = dict.fromkeys((batch.pk for batch in batches), 0)
    rows = Picture.objects.filter(generation__batch__in=list(sums)).order_by()
    return sums | dict(rows.values_list("generation__batch").annotate(total=Sum(limits.paid())))


def _hold(workspace: Workspace) -> None:
    """Two that are sent at once count each other. Not by the workspace's lock: ten thousand lines take seconds to
    write, and single requests need not wait for them."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"batches:{workspace.pk}"])


def _cost(lines: Sequence[Line]) -> int:
    half = {mode: prices.batched(mode) for mode in {line.order.mode.name for line in lines}}
    return sum(line.order.n * half[line.order.mode.name] for line in lines)


@transaction.atomic
def _close(batch: Batch) -> bool:
    """Take back what has not begun; False when the batch is over."""
    row = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if row.is_over:
        return False
    row.state, row.trouble, row.trouble_code = State.CANCELING, "", ""
    row.save(update_fields=["state", "trouble", "trouble_code"])
    waiting = BatchLine.objects.filter(batch=row, state=BatchLine.State.WAITING)
    waiting.update(state=BatchLine.State.CANCELED, wish={})
    return True
