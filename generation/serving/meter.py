"""How fast this worker draws, measured while it does."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

WINDOW_SECONDS = 60.0
"""Of work: what was measured longer ago hardly counts."""


class Meter:
    """Positions a second over the time in which there was work; `rate` is None before the first picture."""

    rate: float | None = None

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs = 0
        self._looked = time.monotonic()
        self._fresh = 0.0  # seconds of work since the last picture
        self._seconds = self._positions = 0.0

    @contextmanager
    def working(self) -> Iterator[None]:
        """There is work for as long as any thread is in here."""
        self._count(+1)
        try:
            yield
        finally:
            self._count(-1)

    def add(self, positions: int) -> None:
        """A picture of so many positions is finished."""
        with self._lock:
            self._advance()
            kept = math.exp(-self._fresh / WINDOW_SECONDS)
            self._seconds = self._seconds * kept + self._fresh
            self._positions = self._positions * kept + positions
            self._fresh = 0.0
            if self._seconds:
                self.rate = self._positions / self._seconds

    def _count(self, change: int) -> None:
        with self._lock:
            self._advance()
            self._jobs += change

    def _advance(self) -> None:
        now = time.monotonic()
        if self._jobs:
            self._fresh += now - self._looked
        self._looked = now
