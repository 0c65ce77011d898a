"""Begins the lines of batches, a few at a time: money is reserved for what is drawn soon, not for all of a batch.

Whoever feeds a batch holds its row, and goes by the lines that stand there: a task that runs twice, or dies in the
middle, begins no line twice. A batch that nothing more can be begun of says why, and is looked at again later.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django_scopes import scope, scopes_disabled

from billing.amounts import dollars
from billing.ledger import InsufficientFunds
from generation.models import Batch, BatchLine, Generation
from generation.services import batch_lines, cancel, happenings, order, request
from generation.services.order import Order
from generation.services.request import Invalid, KeyLimitReached, LimitReached, Locked, PlanRequired, QueueFull

OPEN_AT_ONCE = 8
"""Lines of a batch that are queued or being drawn."""

LOOK_EVERY = timedelta(seconds=5)
PAUSED_EVERY = timedelta(seconds=30)
LIMIT = 50
NO_KEY = "The API key that this batch was sent with works no longer."
State, LineState = Batch.State, BatchLine.State

log = structlog.get_logger(__name__)


class _Pause(Exception):
    """No line of the batch can be begun now, for a reason that somebody may do something about."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def feed(batch_id: UUID) -> None:
    """Begin what can be begun of a batch, and end it where nothing is left."""
    with scopes_disabled():
        batch = Batch.objects.select_related("workspace").filter(pk=batch_id).first()
    if batch is None or batch.is_over:
        return
    with scope(workspace=batch.workspace):
        if batch.state == State.CANCELING:
            _stop_open(batch)
        _go_on(batch_id)
        end_if_done(batch_id)


def hungry() -> list[UUID]:
    """Batches to look at: lost messages are found, and paused ones may go on."""
    with scopes_disabled():
        paused = Q(state=State.PAUSED, fed_at__lt=Now() - PAUSED_EVERY)
        others = Q(state__in=[State.RUNNING, State.CANCELING], fed_at__lt=Now() - LOOK_EVERY)
        return list(Batch.objects.filter(paused | others).order_by("fed_at").values_list("pk", flat=True)[:LIMIT])


@transaction.atomic
def end_if_done(batch_id: UUID) -> None:
    """Runs in the scope of the batch's workspace."""
    row = _locked(batch_id)
    if row is None or row.is_over:
        return
    counts = batch_lines.counts([row])[row.pk]
    if counts[LineState.WAITING] or counts[LineState.OPEN]:
        return
    row.state = State.CANCELED if row.state == State.CANCELING else State.FINISHED
    row.trouble = row.trouble_code = ""
    row.save(update_fields=["state", "trouble", "trouble_code"])
    Batch.objects.filter(pk=row.pk).update(finished_at=Now())
    happenings.batch_ended(row, counts=counts)
    log.info("batch_ended", batch=str(row.pk), state=row.state, **counts)


@transaction.atomic
def _go_on(batch_id: UUID) -> None:
    row = _locked(batch_id)
    if row is None or row.state not in (State.RUNNING, State.PAUSED):
        return
    Batch.objects.filter(pk=row.pk).update(fed_at=Now())
    # It may still be kept: nothing is begun, and nothing is said to have failed.
    if row.workspace.is_leaving or row.workspace.deleted_at:
        return
    try:
        _begin_lines(row)
    except _Pause as pause:
        row.state, row.trouble_code, row.trouble = State.PAUSED, pause.code, str(pause)
    else:
        row.state, row.trouble_code, row.trouble = State.RUNNING, "", ""
    row.save(update_fields=["state", "trouble_code", "trouble"])


def _begin_lines(batch: Batch) -> None:
    """Until OPEN_AT_ONCE are open or one is refused. Raises _Pause."""
    lines = BatchLine.objects.filter(batch=batch)
    free = OPEN_AT_ONCE - lines.filter(state=LineState.OPEN).count()
    while free > 0 and (line := lines.filter(state=LineState.WAITING).order_by("index").first()):
        key = batch.api_key
        if key is None or key.revoked_at or key.is_expired:
            raise _Pause("key_revoked", NO_KEY)
        try:
            free -= _begin(batch, line)
        except QueueFull:
            return
        except tuple(PAUSES) as refusal:
            raise _Pause(*PAUSES[type(refusal)](refusal)) from refusal


def _begin(batch: Batch, line: BatchLine) -> int:
    """1 where the line is open now; 0 where it has failed, as a line that nothing can draw."""
    wish = line.wish
    try:
        with transaction.atomic():
            line.generation = request.place(
                workspace=batch.workspace,
                requested_by=batch.created_by,
                source="api",
                order=_order(wish),
                api_key=batch.api_key,
                batch=batch,
                end_user=wish["end_user"],
            )
    except Invalid as error:
        code, _ = next(iter(error.errors.values()))
        line.state, line.error_code, line.error_message = LineState.FAILED, code, str(error)
    else:
        # What is blocked ends here: it says itself why.
        is_blocked = line.generation.status == Generation.Status.BLOCKED
        line.state = LineState.FAILED if is_blocked else LineState.OPEN
    line.wish = {"output_format": wish["output_format"]}
    line.save(update_fields=["state", "generation", "wish", "error_code", "error_message"])
    return int(line.state == LineState.OPEN)


def _order(wish: dict[str, Any]) -> Order:
    """Raises Invalid: what can be asked for may have changed since."""
    fields = {name: wish[name] for name in ("prompt", "mode", "size", "n", "seed")}
    # Lines that were written before there was any say nothing of it.
    steering = {name: wish[name] for name in ("negative", "guidance", "variety") if name in wish}
    return order.read(source="api", **fields, **steering)


def _stop_open(batch: Batch) -> None:
    """What a cancellation that died in the middle has not stopped."""
    for line in BatchLine.objects.filter(batch=batch, state=LineState.OPEN).select_related("generation"):
        if line.generation:
            cancel.cancel(generation=line.generation)
    Batch.objects.filter(pk=batch.pk).update(fed_at=Now())


def _locked(batch_id: UUID) -> Batch | None:
    """None where somebody else is at it: they, or the next look, do what is to be done."""
    rows = Batch.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return rows.select_related("workspace", "created_by", "api_key").filter(pk=batch_id).first()


def _used_up(error: InsufficientFunds) -> tuple[str, str]:
    needed, there = dollars(error.needed_micros), dollars(error.balance_micros)
    said = f"The credit is used up: the next line costs {needed}, and {there} is left. It goes on once there is more."
    return "insufficient_quota", said


def _capped(error: KeyLimitReached) -> tuple[str, str]:
    cap = dollars(error.cap_micros)
    return "key_limit_reached", f"The API key may spend {cap} a month, which is reached. It goes on once it may again."


PAUSES: dict[type[Exception], Callable[[Any], tuple[str, str]]] = {
    InsufficientFunds: _used_up,
    KeyLimitReached: _capped,
    LimitReached: lambda error: ("member_limit", str(error)),
    PlanRequired: lambda error: ("plan_required", str(error)),
    Locked: lambda error: ("permission_denied", str(error)),
    PermissionDenied: lambda error: ("permission_denied", str(error)),
}
