"""Claims what is next in line whenever the engine has room, and draws each generation in a thread of its own."""

import math
import threading
import time
from collections.abc import Callable, Iterator

import structlog
from django.db import connection

from generation.models import Generation
from generation.services import drains, lease
from generation.services.patience import AWAY, forget_broken_connection
from generation.serving import job
from generation.serving.meter import Meter
from generation.serving.model import DrawRequest, ImageModel, PictureDrawn, RowDrawn
from generation.serving.watch import Keeper

LOOK_SECONDS = 1.0
"""It is woken by messages and by free slots; those of others it finds out by itself."""

log = structlog.get_logger(__name__)


class Dispatcher:
    """Of one worker process. `meter` measures its pace; `is_drained`: staff have told it to claim nothing more."""

    def __init__(self, engine: ImageModel, *, worker: str) -> None:
        self.meter = Meter()
        self.is_drained = False
        self._engine = engine
        self._worker = worker
        self._keeper = Keeper()
        self._jobs: set[threading.Thread] = set()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._hand_back_at = math.inf
        self._thread = threading.Thread(target=self._run, name="dispatch", daemon=True)

    def start(self) -> None:
        drains.begin(worker=self._worker)
        self._engine.on_room(self.wake)
        self._keeper.start()
        self._thread.start()

    def wake(self) -> None:
        """Look now whether there is something to claim."""
        self._wake.set()

    def stop(self, *, finish_seconds: float) -> None:
        """Claim nothing more, and hand back what is not finished in time. Returns at once; a signal may call it."""
        self._hand_back_at = time.monotonic() + finish_seconds
        self._stopping.set()

    def join(self) -> None:
        """Wait until all that was claimed is finished or handed back, after `stop`."""
        self.wake()
        self._thread.join()
        for thread in tuple(self._jobs):
            thread.join()
        self._keeper.end()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._fill()
            except AWAY as error:
                log.warning("database_away", error=str(error))
                forget_broken_connection()
            except Exception:
                # Whatever it was, this thread is the only one that claims: it must go on.
                log.exception("not_claimed")
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
        connection.close()

    def _fill(self) -> None:
        self.is_drained = drains.is_drained(self._worker)
        while not self.is_drained and not self._stopping.is_set() and (generation := self._claim()):
            self._begin(generation)

    def _claim(self) -> Generation | None:
        room = self._engine.room()
        if room.free > room.waiting:
            return lease.claim_next(worker=self._worker, model=self._engine.name)
        if room.first_waiting is None:
            return None
        # Whoever has an earlier turn than what waits in the engine takes the next slot there.
        return lease.claim_next(worker=self._worker, model=self._engine.name, before=room.first_waiting)

    def _begin(self, generation: Generation) -> None:
        in_line = threading.Event()
        thread = threading.Thread(target=self._draw, args=(generation, in_line), name=f"draw-{generation.pk}")
        thread.daemon = True
        self._jobs.add(thread)
        thread.start()
        # Until then the engine's room does not count these pictures.
        in_line.wait()

    def _draw(self, generation: Generation, in_line: threading.Event) -> None:
        painter = _Painter(self._engine, self.meter, in_line)
        try:
            with self.meter.working(), self._keeper.watching(generation, self._must_hand_back) as watch:
                job.run(engine=painter, generation=generation, watch=watch)
        finally:
            in_line.set()
            connection.close()
            self._jobs.discard(threading.current_thread())
            # The workspace has a lane free now.
            self.wake()

    def _must_hand_back(self) -> bool:
        return time.monotonic() >= self._hand_back_at


class _Painter:
    """The engine as one job sees it: says when its pictures are in line, and counts what was drawn."""

    def __init__(self, engine: ImageModel, meter: Meter, in_line: threading.Event) -> None:
        self.name = engine.name
        self._engine, self._meter, self._in_line = engine, meter, in_line

    def draw(self, request: DrawRequest, *, should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]:
        events = self._engine.draw(request, should_stop=should_stop)
        self._in_line.set()
        # Others may have it until a picture is drawn.
        connection.close()
        for event in events:
            if isinstance(event, PictureDrawn):
                self._meter.add(event.positions)
            yield event
