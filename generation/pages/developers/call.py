"""What the log shows of a request, in words; and all that is known of one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from accounts.models import User
from billing import amounts
from generation.models import ApiCall, Generation
from generation.pages import cards, words
from generation.services import browse, calls

WIDTH = 1000
NAMES = ("message", "type", "param", "code")


@dataclass(frozen=True)
class Call:
    """A request as the list shows it."""

    row: ApiCall

    @property
    def micros(self) -> int:
        """What the ledger took for its pictures."""
        return int(getattr(self.row, "cost", 0))

    @property
    def cost(self) -> str:
        return amounts.dollars(self.micros) if self.row.generation_id else "–"

    @property
    def took(self) -> str:
        return words.took(self.row.milliseconds)

    @property
    def key(self) -> str:
        return (self.row.api_key.name or self.row.api_key.prefix) if self.row.api_key else "A key that is gone"

    @property
    def answered_at(self) -> datetime:
        return self.row.created_at + timedelta(milliseconds=self.row.milliseconds)

    @property
    def went_first(self) -> bool:
        """The client closed the connection before it was answered."""
        return self.row.status == calls.GONE

    @property
    def envelope(self) -> str:
        """The error as it was sent; "" where there was none."""
        # The database keeps no order of names.
        error = {name: self.row.error[name] for name in NAMES if name in self.row.error}
        return json.dumps({"error": error}, indent=2, ensure_ascii=False) if error else ""


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline; `after` counts from the first of them."""

    label: str
    at: datetime
    after: str


@dataclass(frozen=True)
class Phase:
    """What went on from one moment to the next, as a part of a bar."""

    label: str
    style: str
    took: str
    x: float
    width: float


# What goes on after each moment, and its colour.
PHASES = {
    "Received": ("Checked", "is-checked"),
    "Queued": ("Waited", "is-waited"),
    "Started": ("Drawn", "is-drawn"),
    "Finished": ("Sent", "is-sent"),
}


def details(row: ApiCall, *, reader: User) -> dict[str, Any]:
    """For the template. Prompt and pictures only for who may see the generation."""
    call, moments = Call(row), _moments(Call(row))
    seen = _seen(row, reader)
    begin = moments[0][1]
    return {
        "call": call,
        "moments": [Moment(label, at, _after(at - begin)) for label, at in moments],
        "phases": list(_phases(moments)),
        "card": cards.card(seen, reader=reader) if seen else None,
        "is_hidden": bool(row.generation_id) and seen is None,
        "others": [Call(other) for other in calls.joined(row)],
    }


def _seen(row: ApiCall, reader: User) -> Generation | None:
    if row.generation_id is None:
        return None
    try:
        return browse.generation(workspace=row.workspace, reader=reader, id=row.generation_id)
    except Generation.DoesNotExist:
        return None


def _moments(call: Call) -> list[tuple[str, datetime]]:
    """In order: a retry may have come when its pictures were long being drawn."""
    made = call.row.generation
    known: list[tuple[str, datetime | None]] = [("Received", call.row.created_at)]
    if made:
        known += [("Queued", made.created_at), ("Started", made.started_at), ("Finished", made.finished_at)]
    known.append(("The client left" if call.went_first else "Answered", call.answered_at))
    return sorted(((label, at) for label, at in known if at), key=lambda one: one[1])


def _phases(moments: list[tuple[str, datetime]]) -> Iterator[Phase]:
    begin, whole = moments[0][1], (moments[-1][1] - moments[0][1]).total_seconds()
    for (label, at), (_, until) in pairwise(moments):
        if label in PHASES and whole > 0:
            name, style = PHASES[label]
            x, width = (at - begin).total_seconds() / whole, (until - at).total_seconds() / whole
            took = words.took((until - at).total_seconds() * 1000)
            yield Phase(name, style, took, round(x * WIDTH, 2), round(width * WIDTH, 2))


def _after(time: timedelta) -> str:
    return f"+{words.took(time.total_seconds() * 1000)}"
