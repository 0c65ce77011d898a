"""Writes down what customers are to be told of, in the transaction in which it happens; `sending` sends it later."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django_scopes import scope

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import rights
from billing.amounts import dollars
from generation.models import Batch, Delivery, Generation, Hook
from generation.models.hooks import TEST, Event
from generation.services import outbox

SEND = "generation.tasks.send_delivery"
LOW_EVERY = timedelta(days=1)
"""For so long nobody is told again that the credit is low, or that it is used up."""

Status = Generation.Status
EVENTS: dict[str, Event] = {
    Status.SUCCEEDED: Event.SUCCEEDED,
    Status.FAILED: Event.FAILED,
    Status.BLOCKED: Event.FAILED,
    Status.CANCELED: Event.CANCELED,
}


def generation_ended(generation: Generation, *, status: str, code: str = "", message: str = "") -> None:
    """Of what was asked for by API; a batch is told of once, when all of it is done."""
    if generation.source != Generation.Source.API or generation.batch_id:
        return
    data: dict[str, Any] = {"id": str(generation.pk), "object": "generation", "state": status}
    if status in (Status.FAILED, Status.BLOCKED):
        data["error"] = {"code": code or ("moderation_blocked" if status == Status.BLOCKED else ""), "message": message}
    tell(generation.workspace, EVENTS[status], data, generation=generation)


def batch_ended(batch: Batch, *, counts: dict[str, int]) -> None:
    data = {"id": str(batch.pk), "object": "batch", "state": batch.state, "request_counts": counts}
    tell(batch.workspace, Event.BATCH_FINISHED, data)


def credit_low(*, workspace: Workspace, micros: int, is_out: bool, **_: object) -> None:
    """The credit runs low, or is used up; each is told once a day."""
    with scope(workspace=workspace):
        recent = Delivery.objects.filter(workspace=workspace, type=Event.CREDIT_LOW)
        if recent.filter(created_at__gte=timezone.now() - LOW_EVERY, payload__data__is_used_up=is_out).exists():
            return
        data = {"object": "credits", "balance_micros": micros, "balance_usd": dollars(micros), "is_used_up": is_out}
        tell(workspace, Event.CREDIT_LOW, data)


@transaction.atomic
def tell(workspace: Workspace, event: Event, data: dict[str, Any], *, generation: Generation | None = None) -> None:
    """Have every hook that listens to the event told of it, once the transaction around is committed."""
    with scope(workspace=workspace):
        listening = list(Hook.objects.filter(workspace=workspace, is_on=True, events__contains=[event.value]))
        event_id = _new_id()
        for hook in listening:
            _write(hook, event.value, data, event_id, generation)


@transaction.atomic
def test(*, hook: Hook, actor: User) -> Delivery:
    """Send something to try the hook out, also while it is off. Raises PermissionDenied."""
    rights.demand(actor, Action.MANAGE_KEYS, hook.workspace)
    said = "This is a test. Nothing has happened."
    return _write(hook, TEST, {"object": "test", "message": said, "events": hook.events}, _new_id(), None)


@transaction.atomic
def replay(*, delivery: Delivery, actor: User) -> Delivery:
    """Send it once more, as the same event. Raises PermissionDenied."""
    rights.demand(actor, Action.MANAGE_KEYS, delivery.workspace)
    row = Delivery.objects.create(
        workspace=delivery.workspace,
        hook=delivery.hook,
        generation=delivery.generation,
        event_id=delivery.event_id,
        type=delivery.type,
        payload=delivery.payload,
        is_replay=True,
        next_try_at=Now(),
    )
    outbox.put(workspace=delivery.workspace, task=SEND, subject=row.pk)
    return row


def _write(hook: Hook, kind: str, data: dict[str, Any], event_id: str, generation: Generation | None) -> Delivery:
    row = Delivery.objects.create(
        workspace=hook.workspace,
        hook=hook,
        generation=generation,
        event_id=event_id,
        type=kind,
        payload={"type": kind, "timestamp": timezone.now().isoformat(timespec="milliseconds"), "data": data},
        next_try_at=Now(),
    )
    outbox.put(workspace=hook.workspace, task=SEND, subject=row.pk)
    return row


def _new_id() -> str:
    return f"evt_{uuid.uuid4().hex}"
