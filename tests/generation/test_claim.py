"""Claims from the real database, by several workers at once."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from accounts.models import Workspace
from accounts.services import workspaces
from generation.models import Generation
from generation.services import lease

Queue = Callable[..., list[Generation]]


@pytest.fixture
def other(studio, charlie) -> Workspace:
    return workspaces.create_workspace(name="Elsewhere", owner=charlie)


@pytest.fixture
def queue(studio) -> Queue:
    """`queue(turn, turn, workspace=…)` puts generations into the line."""

    def put(*turns: float, workspace: Workspace = studio, lanes: int = 100) -> list[Generation]:
        rows = [
            Generation(
                workspace=workspace, source="page", mode="speed", prompt="a red apple", width=256, height=256, n=1,
                seed=0, turn=turn, turn_end=turn + 64, lanes=lanes,
            )
            for turn in turns
        ]  # fmt: skip
        with scopes_disabled():
            return Generation.objects.bulk_create(rows)

    return put


def claim(**changes) -> Generation | None:
    return lease.claim_next(worker="test", model="quick", **changes)


def test_it_takes_the_smallest_turn_of_all_workspaces(queue: Queue, other: Workspace) -> None:
    late, early = queue(30, 10)
    (between,) = queue(20, workspace=other)
    taken = [claim() for _ in range(4)]
    assert taken == [early, between, late, None]


def test_it_takes_the_older_of_two_with_the_same_turn(queue: Queue, other: Workspace) -> None:
    (first,), (second,) = queue(5), queue(5, workspace=other)
    assert [claim(), claim()] == [first, second]


def test_it_gives_the_generation_as_the_attempt_holds_it(queue: Queue, studio) -> None:
    queue(0)
    held = claim()
    assert held
    assert (held.status, held.attempt, held.worker, held.model) == ("running", 1, "test", "quick")
    assert held.started_at
    assert held.lease_until
    assert held.workspace == studio


def test_it_takes_only_what_is_earlier_when_told(queue: Queue) -> None:
    queue(10)
    assert claim(before=10) is None
    assert claim(before=10.5)


def test_it_passes_over_who_has_no_lane_free(queue: Queue, other: Workspace) -> None:
    first, *_ = queue(0, 1, 2, lanes=1)
    (theirs,) = queue(50, workspace=other)
    assert [claim(), claim(), claim()] == [first, theirs, None]
    lease.finish(generation=first, status=Generation.Status.CANCELED)
    assert claim() is None, "the stale attempt ends nothing"
    first.refresh_from_db()
    lease.finish(generation=first, status=Generation.Status.SUCCEEDED)
    assert claim()


def test_several_workers_take_each_generation_once(queue: Queue, other: Workspace) -> None:
    queue(*range(60))
    queue(*range(60), workspace=other)
    taken: list[Generation] = []

    def work() -> None:
        # None is what a worker gets too while others hold the workspaces: it looks again later.
        misses = 0
        while misses < 50:
            if held := claim():
                taken.append(held)
            else:
                misses += 1
        connection.close()

    _together([work] * 6)
    assert len(taken) == 120
    assert set(Counter(held.pk for held in taken).values()) == {1}
    assert {held.attempt for held in taken} == {1}


def test_several_workers_at_once_keep_to_the_lanes(queue: Queue) -> None:
    queue(*range(20), lanes=3)

    def work() -> None:
        for _ in range(10):
            claim()
        connection.close()

    _together([work] * 6)
    assert Generation.objects.filter(status="running").count() == 3


def _together(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
