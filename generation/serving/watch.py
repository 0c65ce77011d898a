"""Keeps the leases of what this worker draws, and learns what it is to stop."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import connection
from django_scopes import scope

from generation import progress
from generation.models import Generation
from generation.services import lease
from generation.services.patience import AWAY, forget_broken_connection

LOOK_SECONDS = 0.1
RENEW_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Watch:
    """Whether one generation is to be stopped: canceled, taken over by another worker, or this worker ends.

    An engine asks at every step, for all that it draws: so `should_stop` only tells what the last look has found.
    """

    def __init__(self, generation: Generation, worker_stops: Callable[[], bool]) -> None:
        self.is_over = False
        self._generation = generation
        self._worker_stops = worker_stops
        self._renewed = time.monotonic()

    def should_stop(self) -> bool:
        return self.is_over

    def look(self) -> None:
        """Find out, and renew the lease when it is time."""
        if self.is_over:
            return
        now = time.monotonic()
        if self._worker_stops() or progress.is_asked_to_stop(self._generation.pk):
            self.is_over = True
        elif now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            # Never back to False: the drawing thread may have found out by itself meanwhile.
            self.is_over |= not self._renew()

    def _renew(self) -> bool:
        try:
            with scope(workspace=self._generation.workspace):
                return lease.renew(generation=self._generation)
        except AWAY as error:
            # The database may be back before the lease ends; if not, delivery is fenced off.
            log.warning("lease_not_renewed", error=str(error))
            forget_broken_connection()
            return True


class Keeper:
    """Looks after all watches of this process, from a thread of its own."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    @contextmanager
    def watching(self, generation: Generation, worker_stops: Callable[[], bool]) -> Iterator[Watch]:
        """The watch over a generation while it is drawn; after that nothing more of it is to be drawn."""
        watch = Watch(generation, worker_stops)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)
            watch.is_over = True

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            for watch in tuple(self._watches):
                watch.look()
        connection.close()
