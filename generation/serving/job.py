"""Draws one generation inside the worker: claim, draw, show, deliver, end."""

import base64
import time
from collections.abc import Callable, Iterator
from typing import Protocol
from uuid import UUID

import structlog
from django_scopes import scope

from generation import catalog, progress
from generation.models import Generation, Picture
from generation.services import deliver, lease
from generation.services.patience import AWAY, forget_broken_connection, patiently
from generation.serving.engine import DrawRequest, PictureDrawn, RowDrawn

LOOK_SECONDS = 0.1
RENEW_SECONDS = 2.0
_FAILED = Generation.Status.FAILED

log = structlog.get_logger(__name__)


class Painter(Protocol):
    """What draws: the engine."""

    name: str

    def draw(self, request: DrawRequest, *, should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]: ...


class Watch:
    """Asked at every step whether to stop: canceled, taken over by another worker, or this worker ends.

    Also keeps the lease meanwhile. A step takes milliseconds, so it looks and writes only now and then.
    """

    def __init__(self, generation: Generation, worker_stops: Callable[[], bool]) -> None:
        self.is_over = False
        self._generation = generation
        self._worker_stops = worker_stops
        self._looked = self._renewed = time.monotonic()

    def should_stop(self) -> bool:
        now = time.monotonic()
        if not self.is_over and now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self.is_over = self._worker_stops() or progress.is_asked_to_stop(self._generation.pk)
        if not self.is_over and now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            self.is_over = not self._renew()
        return self.is_over

    def _renew(self) -> bool:
        try:
            return lease.renew(generation=self._generation)
        except AWAY as error:
            # The database may be back before the lease ends; if not, delivery is fenced off.
            log.warning("lease_not_renewed", error=str(error))
            forget_broken_connection()
            return True


def run(*, engine: Painter, generation_id: UUID, worker: str, worker_stops: Callable[[], bool] = lambda: False) -> None:
    """Draw what is missing of the generation, unless another worker has it or it is over."""
    generation = lease.claim(generation_id=generation_id, worker=worker, model=engine.name)
    if generation is None:
        return
    about = {"generation": str(generation_id), "attempt": generation.attempt}
    with scope(workspace=generation.workspace), structlog.contextvars.bound_contextvars(**about):
        progress.publish(generation, "started", {"attempt": generation.attempt, "model": engine.name})
        _attempt(engine, generation, Watch(generation, worker_stops))


def _attempt(engine: Painter, generation: Generation, watch: Watch) -> None:
    try:
        for indexes in _batches(_missing(generation)):
            if not watch.should_stop():
                _draw(engine, generation, indexes, watch)
    except OSError as error:
        log.exception("picture_not_stored")
        reason = error.strerror or error
        message = f"The picture could not be stored: {reason}. Check the free space of the storage, then try again."
        patiently(lambda: lease.finish(generation=generation, status=_FAILED, code="storage_failed", message=message))
    except AWAY:
        # Nothing can be written now. The lease expires, and the work goes on from there.
        log.exception("database_away")
    except Exception:
        log.exception("drawing_failed")
        patiently(lambda: lease.give_up(generation=generation))
    else:
        patiently(lambda: _end(generation, watch))


def _missing(generation: Generation) -> list[int]:
    """What earlier attempts have not delivered."""
    done = set(Picture.objects.filter(generation=generation).values_list("index", flat=True))
    return [index for index in range(generation.n) if index not in done]


def _batches(indexes: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(indexes), catalog.BATCH):
        yield indexes[start : start + catalog.BATCH]


def _draw(engine: Painter, generation: Generation, indexes: list[int], watch: Watch) -> None:
    request = DrawRequest(
        prompt=generation.prompt,
        mode=generation.mode,
        width=generation.width,
        height=generation.height,
        seeds=tuple(generation.seed_of(index) for index in indexes),
    )
    for event in engine.draw(request, should_stop=watch.should_stop):
        # The engine counts within the batch.
        index = indexes[event.index]
        if isinstance(event, RowDrawn):
            _show(generation, index, event)
        elif not _deliver(generation, index, event):
            watch.is_over = True


def _show(generation: Generation, index: int, event: RowDrawn) -> None:
    image = "data:image/webp;base64," + base64.b64encode(event.webp).decode()
    progress.publish(generation, "preview", {"index": index, "row": event.row, "rows": event.rows, "image": image})


def _deliver(generation: Generation, index: int, event: PictureDrawn) -> Picture | None:
    return patiently(
        lambda: deliver.deliver_picture(
            generation=generation,
            index=index,
            seed=event.seed,
            png=event.png,
            seconds=event.seconds,
            positions=event.positions,
        )
    )


def _end(generation: Generation, watch: Watch) -> None:
    """Every write here is fenced: for an attempt that was taken over, nothing happens."""
    if not _missing(generation):
        lease.finish(generation=generation, status=Generation.Status.SUCCEEDED)
    elif watch.is_over:
        lease.hand_back(generation=generation)
    else:
        log.error("engine_ended_early")
        lease.give_up(generation=generation)
