"""The thread that steps the running batch: lets pictures in by their turn, hands out what they got, lets them out."""

import heapq
import itertools
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import structlog
from torch import Tensor

from generation.aurora.batch import Batch, Brief
from generation.serving.model import Room

log = structlog.get_logger(__name__)


class Drawn(ABC):
    """A picture as the loop sees it. Its methods are called on the loop's thread and must be quick."""

    brief: Brief
    turn: float

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def put(self, codes_42: Tensor) -> None: ...

    @abstractmethod
    def fail(self, error: Exception) -> None: ...


class Loop:
    def __init__(self, batch: Batch[Drawn]) -> None:
        self._batch = batch
        self._waiting: list[tuple[float, int, Drawn]] = []  # a heap
        self._leaving: set[Drawn] = set()
        self._unpainted: set[Drawn] = set()
        self._arrivals = itertools.count()
        self._changed = threading.Condition()
        self._on_room: list[Callable[[], None]] = []
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def join(self, pictures: Sequence[Drawn]) -> None:
        """Have pictures drawn when it is their turn; of equal turns the earlier comes first."""
        with self._changed:
            for picture in pictures:
                heapq.heappush(self._waiting, (picture.turn, next(self._arrivals), picture))
            self._changed.notify()

    def leave(self, pictures: Sequence[Drawn]) -> None:
        """Stop drawing pictures, before the next step; those that are done already are not there to stop."""
        with self._changed:
            self._waiting = [entry for entry in self._waiting if entry[2] not in pictures]
            heapq.heapify(self._waiting)
            self._leaving.update(pictures)
            self._changed.notify()

    def painted(self, picture: Drawn) -> None:
        """The pixels of a picture are made. Until then it keeps its slot, or a flood of pictures would wait there."""
        with self._changed:
            self._unpainted.discard(picture)
            self._changed.notify()

    def room(self) -> Room:
        with self._changed:
            return Room(self._free, len(self._waiting), self._waiting[0][0] if self._waiting else None)

    def on_room(self, callback: Callable[[], None]) -> None:
        self._on_room.append(callback)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    @property
    def _free(self) -> int:
        return self._batch.free - len(self._unpainted)

    def _run(self) -> None:
        told = self._free
        while self._wait(told):
            self._exchange()
            if len(self._batch):
                self._step()
            free = self._free
            if free > told:
                for callback in self._on_room:
                    callback()
            told = free

    def _wait(self, told: int) -> bool:
        """Until there is something to do or to tell; False when it is over."""

        def is_something() -> bool:
            coming = bool(self._waiting) and self._free > 0
            return self._closed or coming or bool(self._leaving) or bool(len(self._batch)) or self._free > told

        with self._changed:
            self._changed.wait_for(is_something)
            return not self._closed

    def _exchange(self) -> None:
        with self._changed:
            for picture in self._leaving:
                self._batch.drop(picture)
            self._unpainted -= self._leaving
            self._leaving.clear()
            coming = [heapq.heappop(self._waiting)[2] for _ in range(min(self._free, len(self._waiting)))]
        for picture in coming:
            try:
                picture.begin()
                self._batch.admit(picture, picture.brief)
            except Exception as error:  # such as no memory: this one is told, the others go on
                log.exception("picture_not_admitted")
                picture.fail(error)

    def _step(self) -> None:
        try:
            done = self._batch.advance()
        except Exception as error:
            log.exception("step_failed")
            for picture in self._batch.clear():
                picture.fail(error)
            return
        with self._changed:
            self._unpainted.update(picture for picture, _ in done if picture not in self._batch)
        for picture, codes_42 in done:
            picture.put(codes_42)
