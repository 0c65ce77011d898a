"""The dispatcher with a model whose slots the test fills and frees."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import OperationalError
from django_scopes import scope

from accounts.services import workspaces
from generation.models import Generation
from generation.services import cancel, drains, lease, request
from generation.serving import dispatch, watch
from generation.serving.dispatch import Dispatcher
from generation.serving.model import Capabilities, DrawRequest, PictureDrawn, Room, RowDrawn, TooLarge
from tests.generation.conftest import square

PNG = square(90, "PNG", 64)


@dataclass(order=True)
class Picture:
    turn: float
    index: int
    seed: int
    drawn: "queue.Queue[PictureDrawn]"


class Easel:
    """Draws `slots` pictures at once, the smallest turns first, and finishes one when it is told to."""

    name = "easel"

    def __init__(self, slots: int) -> None:
        self.capabilities = Capabilities(frozenset({"speed"}), frozenset({(256, 256)}), slots=slots)
        self.drawing: list[Picture] = []
        self.waiting: list[Picture] = []
        self._lock = threading.Lock()
        self._tell: Callable[[], None] = lambda: None

    def draw(
        self, request: DrawRequest, *, should_stop: Callable[[], bool], previews: bool = True
    ) -> Iterator[RowDrawn | PictureDrawn]:
        if request.prompt == "too large":
            raise TooLarge("It does not fit.")
        drawn: queue.Queue[PictureDrawn] = queue.Queue()
        pairs = zip(request.turns, request.seeds, strict=True)
        pictures = [Picture(turn, index, seed, drawn) for index, (turn, seed) in enumerate(pairs)]
        with self._lock:
            self.waiting += pictures
        self._seat()
        return self._events(pictures, drawn, should_stop)

    def _events(
        self, pictures: list[Picture], drawn: "queue.Queue[PictureDrawn]", should_stop: Callable[[], bool]
    ) -> Iterator[PictureDrawn]:
        left = len(pictures)
        while left and not should_stop():
            try:
                yield drawn.get(timeout=0.01)
            except queue.Empty:
                continue
            left -= 1
        with self._lock:
            self.drawing = [one for one in self.drawing if one not in pictures]
            self.waiting = [one for one in self.waiting if one not in pictures]
        self._seat()

    def finish_one(self) -> None:
        with self._lock:
            done = self.drawing.pop(0)
        done.drawn.put(PictureDrawn(done.index, done.seed, PNG, 0.1, 64))
        self._seat()

    def _seat(self) -> None:
        with self._lock:
            self.waiting.sort()
            while self.waiting and len(self.drawing) < self.capabilities.slots:
                self.drawing.append(self.waiting.pop(0))
        self._tell()

    def room(self) -> Room:
        with self._lock:
            free = self.capabilities.slots - len(self.drawing)
            return Room(free, len(self.waiting), self.waiting[0].turn if self.waiting else None)

    def on_room(self, callback: Callable[[], None]) -> None:
        self._tell = callback

    def close(self) -> None: ...

    @property
    def seeds(self) -> list[int]:
        return [picture.seed for picture in self.drawing]


@pytest.fixture
def hire() -> Iterator[Callable[[Easel], Dispatcher]]:
    """`hire(easel)` is its dispatcher at work."""
    hired: list[Dispatcher] = []

    def start(easel: Easel) -> Dispatcher:
        hired.append(Dispatcher(easel, worker="test"))
        hired[-1].start()
        return hired[-1]

    yield start
    for dispatcher in hired:
        dispatcher.stop(finish_seconds=0)
        dispatcher.join()


@pytest.fixture
def ask_elsewhere(studio, charlie) -> Callable[..., Generation]:
    """As `ask`, in another workspace."""
    other = workspaces.create_workspace(name="Elsewhere", owner=charlie)

    def submit(**changes) -> Generation:
        values = {"source": "page", "prompt": "a cat", "mode": "speed", "size": "256x256"} | changes
        with scope(workspace=other):
            return request.submit(workspace=other, requested_by=charlie, **values)

    return submit


def until(check: Callable[[], object], *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def status(made: Generation) -> str:
    return str(Generation.objects.get(pk=made.pk).status)


def test_it_claims_while_there_is_room_and_again_when_a_slot_is_free(ask, ask_elsewhere, hire) -> None:
    easel = Easel(2)
    first, second, third = ask(seed=1), ask_elsewhere(seed=2), ask(seed=3)
    hire(easel)
    until(lambda: sorted(easel.seeds) == [1, 2])
    assert status(third) == "queued"
    begun = time.monotonic()
    easel.finish_one()
    until(lambda: 3 in easel.seeds)
    assert time.monotonic() - begun < dispatch.LOOK_SECONDS / 2, "it was woken"
    until(lambda: status(first) == "succeeded")
    assert status(third) == "running"
    assert second.status == "queued"


def test_it_draws_what_no_message_told_of(ask, hire) -> None:
    easel = Easel(1)
    hire(easel)
    ask(seed=1)
    until(lambda: easel.seeds == [1], seconds=dispatch.LOOK_SECONDS + 0.5)


def test_it_looks_at_once_when_woken(ask, hire, monkeypatch) -> None:
    monkeypatch.setattr(dispatch, "LOOK_SECONDS", 60)
    easel = Easel(1)
    dispatcher = hire(easel)
    time.sleep(0.1)
    ask(seed=1)
    assert easel.seeds == []
    dispatcher.wake()
    until(lambda: easel.seeds == [1])


def test_a_newcomer_gets_the_slot_after_the_next_of_a_flood(ask, ask_elsewhere, hire) -> None:
    easel = Easel(1)
    ask(seed=10, n=4)
    flood = ask(seed=20, n=4)
    hire(easel)
    until(lambda: len(easel.waiting) == 3)
    ask_elsewhere(seed=1)
    until(lambda: len(easel.waiting) == 4)
    assert status(flood) == "queued", "what would only wait in here is left for other workers"
    easel.finish_one()
    assert easel.seeds == [1]


def test_it_keeps_to_the_lanes(ask, hire) -> None:
    easel = Easel(8)
    made = [ask(seed=number) for number in range(4)]
    hire(easel)
    until(lambda: len(easel.seeds) == made[0].lanes)
    time.sleep(0.1)
    assert easel.seeds == [0, 1]
    easel.finish_one()
    until(lambda: easel.seeds == [1, 2])


def test_a_canceled_picture_frees_its_slot(ask, ask_elsewhere, hire) -> None:
    easel = Easel(1)
    made, _ = ask(seed=1), ask_elsewhere(seed=2)
    hire(easel)
    until(lambda: easel.seeds == [1])
    cancel.cancel(generation=made)
    until(lambda: easel.seeds == [2], seconds=0.5)
    until(lambda: status(made) == "canceled")  # written by the thread that drew it, after the slot is free


def test_it_keeps_the_lease_while_it_draws(ask, hire, monkeypatch) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0)
    easel = Easel(1)
    ask(seed=1)
    hire(easel)
    until(lambda: easel.seeds == [1])
    first = Generation.objects.get().lease_until
    until(lambda: Generation.objects.get().lease_until != first)


def test_it_stops_drawing_what_another_worker_has_taken_over(ask, hire, monkeypatch) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0)
    easel = Easel(1)
    ask(seed=1)
    hire(easel)
    until(lambda: easel.seeds == [1])
    Generation.objects.update(attempt=2, worker="another")
    until(lambda: easel.seeds == [])
    assert Generation.objects.get().status == "running"


def test_what_does_not_fit_fails_and_others_go_on(ask, hire) -> None:
    easel = Easel(1)
    large, _ = ask(prompt="too large"), ask(seed=2)
    hire(easel)
    until(lambda: easel.seeds == [2])
    assert status(large) == "failed"


def test_it_goes_on_after_errors(ask, hire, monkeypatch) -> None:
    real, errors = lease.claim_next, [OperationalError("the server closed the connection"), RuntimeError("a bug")]

    def claim_next(**asked):
        if errors:
            raise errors.pop()
        return real(**asked)

    monkeypatch.setattr(lease, "claim_next", claim_next)
    monkeypatch.setattr(dispatch, "LOOK_SECONDS", 0.05)
    easel = Easel(1)
    ask(seed=1)
    hire(easel)
    until(lambda: easel.seeds == [1])


def test_it_finishes_what_it_can_and_hands_back_the_rest_when_it_stops(ask, ask_elsewhere, hire) -> None:
    easel = Easel(2)
    quick, slow, late = ask(seed=1), ask_elsewhere(seed=2), ask(seed=3)
    dispatcher = hire(easel)
    until(lambda: len(easel.seeds) == 2)
    dispatcher.stop(finish_seconds=1)
    begun = time.monotonic()
    easel.finish_one()
    dispatcher.join()
    assert 0.9 < time.monotonic() - begun < 2
    assert status(quick) == "succeeded"
    with scope(workspace=slow.workspace):
        back = Generation.objects.get(pk=slow.pk)
        assert (back.status, back.attempt, back.handed_back) == ("queued", 1, 1)
    assert (status(late), Generation.objects.get(pk=late.pk).attempt) == ("queued", 0)


def test_it_measures_its_pace(ask, hire) -> None:
    easel = Easel(1)
    made = ask(seed=1)
    meter = hire(easel).meter
    paces = [meter.rate]
    until(lambda: easel.seeds)
    time.sleep(0.2)
    easel.finish_one()
    until(lambda: status(made) == "succeeded")
    paces.append(meter.rate)
    assert paces == [None, pytest.approx(64 / 0.2, rel=0.7)]


def test_drained_it_finishes_and_claims_nothing_until_it_is_resumed(ask, hire) -> None:
    easel = Easel(2)
    dispatcher = hire(easel)
    first = ask(seed=1)
    dispatcher.wake()
    until(lambda: easel.seeds == [1])
    drains.drain(worker="test")
    dispatcher.wake()
    until(lambda: dispatcher.is_drained)
    second = ask(seed=2)
    easel.finish_one()
    until(lambda: status(first) == "succeeded")
    assert status(second) == "queued"
    drains.resume(worker="test")
    dispatcher.wake()
    until(lambda: easel.seeds == [2])


def test_a_worker_that_starts_draws_whatever_one_of_its_name_was_told(ask, hire) -> None:
    drains.drain(worker="test")
    easel = Easel(1)
    hire(easel)
    ask(seed=1)
    until(lambda: easel.seeds == [1])
