"""The fair order: by simulation of the rule alone, and as the rows keep it."""

import heapq
import itertools
import random

import pytest
from django.db.models.functions import Now
from django_scopes import scope

from accounts.services import workspaces
from generation.models import Generation
from generation.services import cancel, fair, request


class Line:
    """The queue as the database keeps it, in memory."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ends: dict[str, float] = {}
        self.served: dict[str, float] = {}
        self._waiting: list[tuple[float, int, str, float]] = []
        self._counter = itertools.count()

    def ask(self, who: str, *, cost: float = 1, weight: float = 1) -> None:
        turn = fair.turn(now=self.now, last_end=self.ends.get(who, 0.0), cost=cost, weight=weight)
        self.ends[who] = turn.end
        heapq.heappush(self._waiting, (turn.start, next(self._counter), who, cost))

    def take(self) -> str:
        start, _, who, cost = heapq.heappop(self._waiting)
        self.now = max(self.now, start)
        self.served[who] = self.served.get(who, 0.0) + cost
        return who


def test_a_flood_delays_the_first_picture_of_others_by_at_most_one() -> None:
    line = Line()
    for _ in range(500):
        line.ask("flood")
    newcomers = (f"newcomer {number}" for number in itertools.count())
    for _ in range(3000):
        line.ask("flood")
        line.take()
        who = next(newcomers)
        line.ask(who)
        assert who in (line.take(), line.take())
        line.ask("flood")


@pytest.mark.parametrize("cost", [1, 7])
def test_two_floods_share_by_their_weights(cost: float) -> None:
    line = Line()
    for _ in range(4000):
        line.ask("super", weight=4)
        line.ask("free", weight=1, cost=cost)
    for _ in range(2000):
        line.take()
    assert line.served["super"] == pytest.approx(4 * line.served["free"], abs=4 * cost + 1)


def test_any_two_that_wait_are_served_alike_but_for_one_generation_each() -> None:
    """The bound that start-time fair queueing promises, at every moment of a crowded day."""
    dice = random.Random(4)
    weights = {f"workspace {number}": dice.choice([1, 4]) for number in range(20)}
    largest = 10.0
    line = Line()

    def ask(who: str) -> None:
        line.ask(who, weight=weights[who], cost=dice.uniform(0.1, largest))

    for who in weights:
        for _ in range(5):
            ask(who)
    for _ in range(10_000):
        ask(line.take())
        shares = {who: line.served.get(who, 0.0) / weight for who, weight in weights.items()}
        low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
        assert shares[high] - shares[low] <= largest / weights[high] + largest / weights[low]


def test_who_asks_for_much_one_after_another_gets_no_more_than_who_waits() -> None:
    line = Line()
    for _ in range(2000):
        line.ask("small")
    line.ask("large", cost=10)
    for _ in range(1000):
        if line.take() == "large":
            line.ask("large", cost=10)
    assert line.served["large"] == pytest.approx(line.served["small"], abs=11)


def test_a_night_of_work_is_not_held_against_anybody() -> None:
    line = Line()
    for _ in range(500):
        line.ask("busy")
    for _ in range(500):
        line.take()
    line.ask("fresh")
    line.ask("busy")
    line.ask("fresh")
    assert [line.take(), line.take()] == ["fresh", "busy"]


class TestRows:
    def test_the_next_turn_starts_where_the_last_one_ends(self, ask) -> None:
        first, second = ask(n=2), ask(size="512x512")
        assert (first.turn, first.turn_end, first.lanes) == (0, 128, 2)
        assert (second.turn, second.turn_end) == (128, 192)
        assert [first.turn_of(index) for index in (0, 1)] == [0, 64]

    def test_another_workspace_starts_at_the_sites_time(self, ask, charlie, claim) -> None:
        ask()
        drawn, _ = ask(), ask()
        Generation.objects.filter(pk=drawn.pk).update(started_at=Now())
        other = workspaces.create_workspace(name="Elsewhere", owner=charlie)
        with scope(workspace=other):
            made = request.submit(
                workspace=other, requested_by=charlie, source="page", prompt="a cat", mode="speed", size="256x256"
            )
        assert made.turn == drawn.turn

    def test_what_was_stopped_before_it_began_costs_no_turn(self, ask, draw) -> None:
        draw(ask())
        stopped = ask(n=4)
        cancel.cancel(generation=stopped)
        assert ask().turn == stopped.turn
