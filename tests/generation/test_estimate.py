"""What a queued generation is told about its wait."""

import pytest

from generation.models import Generation
from generation.services import deliver, estimate
from generation.services.estimate import Waiting
from tests.generation.conftest import announce, square


def pace(*rates: float | None) -> None:
    for number, rate in enumerate(rates):
        announce("aurora", name=f"worker {number}", rate=rate)


def test_nothing_is_ahead_of_the_first(ask) -> None:
    pace(64)
    assert estimate.waiting(ask()) == Waiting(ahead=0, seconds=0)


def test_all_that_comes_first_is_counted_by_its_size(ask) -> None:
    pace(32, 96, None)
    ask(n=2)
    ask(n=1, size="512x512")
    mine = ask()
    ask(n=4)
    assert estimate.waiting(mine) == Waiting(ahead=3, seconds=3 * 64 / 128)


def test_what_runs_counts_without_its_finished_pictures(ask, claim) -> None:
    pace(64)
    running = claim(ask(n=3))
    deliver.deliver_picture(generation=running, index=0, seed=1, png=square(1, "PNG", 64), seconds=1, positions=64)
    assert estimate.waiting(ask()) == Waiting(ahead=2, seconds=2)


def test_others_that_joined_at_the_same_turn_come_first(ask) -> None:
    first, second = ask(), ask()
    Generation.objects.update(turn=5)
    for made in (first, second):
        made.refresh_from_db()
    assert [estimate.waiting(made).ahead for made in (first, second)] == [0, 1]


@pytest.mark.parametrize("rates", [(), (None,)])
def test_the_time_is_unknown_before_a_pace_is_measured(ask, rates: tuple) -> None:
    pace(*rates)
    ask()
    assert estimate.waiting(ask()) == Waiting(ahead=1, seconds=None)
