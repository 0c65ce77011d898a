"""Threads that make pixels of codes, first of those whose turn is first."""

import itertools
import math
import queue
import threading
from collections.abc import Callable


class Painters:
    def __init__(self, count: int) -> None:
        self._arrivals = itertools.count()
        self._work: queue.PriorityQueue[tuple[float, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._threads = [threading.Thread(target=self._run, name=f"pixels {n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def paint(self, turn: float, work: Callable[[], None]) -> None:
        """Have it done; it must not raise. Of equal turns the earlier comes first."""
        self._work.put((turn, next(self._arrivals), work))

    def close(self) -> None:
        """End when all that is there is done."""
        for _ in self._threads:
            self._work.put((math.inf, next(self._arrivals), None))
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (work := self._work.get()[2]) is not None:
            work()
