"""The line before a model that draws one batch at a time: whose turn is first goes first."""

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from generation.serving.model import Room

LOOK_SECONDS = 0.05
"""How often a batch that waits asks whether it is to stop."""


@dataclass(frozen=True, order=True)
class Place:
    """A batch in line: which pictures of its request it holds. Of equal turns the earlier arrival comes first."""

    turn: float
    arrival: int
    pictures: Sequence[int] = field(compare=False)


class Line:
    """Of a model that draws `slots` pictures side by side, all of one request."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._arrivals = itertools.count()
        self._waiting: list[Place] = []
        self._drawing: Place | None = None
        self._changed = threading.Condition()
        self._on_room: list[Callable[[], None]] = []

    def join(self, turns: Sequence[float]) -> list[Place]:
        """Places for pictures with these turns, in batches, to be waited for in this order."""
        order = sorted(range(len(turns)), key=turns.__getitem__)
        batches = [order[start : start + self._slots] for start in range(0, len(order), self._slots)]
        with self._changed:
            places = [Place(turns[batch[0]], next(self._arrivals), batch) for batch in batches]
            self._waiting += places
        return places

    def wait(self, place: Place, should_stop: Callable[[], bool]) -> bool:
        """Until the model is free for this batch, which is to leave when it is drawn. False when told to stop."""
        while not should_stop():
            with self._changed:
                if self._changed.wait_for(lambda: self._is_next(place), LOOK_SECONDS):
                    self._waiting.remove(place)
                    self._drawing = place
                    return True
        return False

    def leave(self, places: Sequence[Place]) -> None:
        """Drawn or given up; those that have left already do not matter."""
        with self._changed:
            self._waiting = [place for place in self._waiting if place not in places]
            if self._drawing in places:
                self._drawing = None
            self._changed.notify_all()
        for callback in self._on_room:
            callback()

    def room(self) -> Room:
        """All slots are free or none, since a batch has the model to itself."""
        with self._changed:
            free = 0 if self._drawing or self._waiting else self._slots
            first = min(self._waiting).turn if self._waiting else None
            return Room(free, sum(len(place.pictures) for place in self._waiting), first)

    def on_room(self, callback: Callable[[], None]) -> None:
        self._on_room.append(callback)

    def _is_next(self, place: Place) -> bool:
        return self._drawing is None and min(self._waiting) is place
