"""What happened to one request, from its first byte to its last movement of money."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django_scopes import scope

from billing.models import Transaction
from generation.models import ApiCall, Generation, Picture

MOST = 60


class Lane(StrEnum):
    WEB = "web"
    QUEUE = "queue"
    WORKER = "worker"
    STORAGE = "storage"
    LEDGER = "ledger"


@dataclass(frozen=True)
class Moment:
    """Something that happened at a time, or that lasted `until` another; still, where it `lasts` and has no such."""

    lane: Lane
    at: datetime
    said: str
    until: datetime | None = None
    micros: int = 0
    lasts: bool = False


def of(generation: Generation) -> list[Moment]:
    """In the order of time."""
    with scope(workspace=generation.workspace):
        moments = [*_web(generation), *_line(generation), *_stored(generation), *_money(generation)]
    return sorted(moments, key=lambda moment: moment.at)


def _web(generation: Generation) -> Iterator[Moment]:
    for call in ApiCall.objects.filter(generation=generation).order_by("created_at")[:MOST]:
        said = f"{call.method} {call.path}: {call.status}, request {call.request_id}"
        yield Moment(Lane.WEB, call.created_at, said, call.created_at + timedelta(milliseconds=call.milliseconds))
    if generation.source == Generation.Source.PAGE:
        yield Moment(Lane.WEB, generation.created_at, "Asked for on a page")


def _line(generation: Generation) -> Iterator[Moment]:
    begun, ended = generation.started_at, generation.finished_at
    yield Moment(Lane.QUEUE, generation.created_at, "Waited in the line", begun or ended, lasts=True)
    if begun:
        tries = "1 attempt" if generation.attempt == 1 else f"{generation.attempt} attempts"
        yield Moment(Lane.WORKER, begun, f"Drawn by {generation.model or 'a model'}, in {tries}", ended, lasts=True)
    if generation.first_preview_at:
        yield Moment(Lane.WORKER, generation.first_preview_at, "First rows to be seen")
    if generation.cancel_requested_at:
        yield Moment(Lane.WEB, generation.cancel_requested_at, "Asked to stop")
    if ended:
        code = f": {generation.error_code}" if generation.error_code else ""
        yield Moment(Lane.WORKER if begun else Lane.QUEUE, ended, f"Ended as {generation.status}{code}")


def _stored(generation: Generation) -> Iterator[Moment]:
    for picture in Picture.objects.filter(generation=generation).order_by("index")[:MOST]:
        said = f"Picture {picture.index + 1} stored, {picture.byte_size:,} bytes"
        yield Moment(Lane.STORAGE, picture.created_at, said)


def _money(generation: Generation) -> Iterator[Moment]:
    rows = Transaction.objects.filter(workspace=generation.workspace_id, hold=str(generation.pk))
    for row in rows.order_by("created_at", "id")[:MOST]:
        said = f"{row.get_kind_display()}{f': {row.reason}' if row.reason else ''}"
        yield Moment(Lane.LEDGER, row.created_at, said, micros=row.credit_micros)
