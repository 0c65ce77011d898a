"""The plan's day on the pages: how requests are split, who shares it, and what goes on credit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django_scopes import scope

from accounts.models import Membership, User, Workspace
from accounts.services import workspaces
from billing import ledger, plans
from billing.plans import FREE, PLANS
from generation import catalog
from generation.models import Feed, Generation
from generation.services import allowance, cancel, deliver, feeds, lease, limits, request, spending, usage
from generation.services.allowance import AllowanceUsed
from tests.generation.conftest import square

DOLLAR = 1_000_000


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`day(quality=3)`: what the free plan holds a day."""

    def hold(**daily: int) -> None:
        monkeypatch.setattr(plans, "FREE", replace(FREE, daily=daily))

    return hold


@pytest.fixture
def rich(studio: Workspace) -> None:
    ledger.grant(workspace=studio, key="rich", amount_micros=DOLLAR)


def left(workspace: Workspace, person: User, mode: str = "quality") -> int:
    plan = plans.plan_of(workspace)
    return allowance.today(workspace=workspace, plan=plan, person=person)[mode].left


def hand_over(generation: Generation, *indices: int) -> None:
    for index in indices:
        png = square(generation.seed_of(index), "PNG", 256)
        deliver.deliver_picture(generation=generation, index=index, seed=1, png=png, seconds=1.0, positions=64)


def draw_all(generation: Generation) -> None:
    hand_over(generation, *range(generation.n))
    lease.finish(generation=generation, status=Generation.Status.SUCCEEDED)


@pytest.mark.parametrize(
    ("daily", "asked", "n", "included"),
    [(4, 0, 4, 4), (4, 1, 4, 3), (4, 3, 1, 1), (4, 4, 1, 0), (0, 0, 2, 0), (3, 0, 4, 3), (4, 2, 2, 2)],
)
def test_it_takes_from_the_day_first(ask, studio, alice, day, daily, asked, n, included) -> None:
    day(quality=daily)
    if asked:
        ask(mode="quality", n=asked)
    plan, mode = plans.plan_of(studio), catalog.MODES["quality"]
    terms = allowance.split(workspace=studio, plan=plan, person=alice, mode=mode, n=n)
    assert (terms.included, terms.paid, terms.cost_micros) == (included, n - included, (n - included) * 70_000)


def test_the_rest_costs_credit_where_that_is_chosen(ask, rich, day, claim, books) -> None:
    day(quality=2)
    made = ask(mode="quality", n=4, use_credit=True)
    assert (made.included, made.price_micros, made.is_free) == (2, 70_000, True)
    assert books() == (DOLLAR - 140_000, 140_000)
    held = claim(made)
    hand_over(held, 3, 0)
    # The first two are of the plan, in whatever order they come.
    assert books() == (DOLLAR - 140_000, 70_000)
    lease.finish(generation=held, status=Generation.Status.FAILED, code="x")
    assert books() == (DOLLAR - 70_000, 0)


@time_machine.travel(datetime(2026, 11, 25, 19, 0, tzinfo=UTC), tick=False)
def test_it_says_what_is_left_and_what_it_would_cost(ask, studio, rich, day) -> None:
    day(quality=3)
    ask(mode="quality", n=1)
    with pytest.raises(AllowanceUsed, match=r"2 of today's 3 Quality pictures are left.*in 5 h.*\$0\.14") as said:
        ask(mode="quality", n=4)
    assert said.value.field == "n"
    day(quality=1)
    with pytest.raises(AllowanceUsed, match=r"Today's 1 Quality pictures of this workspace are used up") as said:
        ask(mode="quality", n=1)
    assert (said.value.field, Generation.objects.count()) == ("", 1)


def test_without_enough_credit_nothing_is_taken(ask, studio, alice, day) -> None:
    day(quality=2)
    with pytest.raises(ledger.InsufficientFunds):
        ask(mode="quality", n=4, use_credit=True)
    assert left(studio, alice) == 2


def test_the_api_takes_nothing_of_the_day(ask, studio, alice, rich, day) -> None:
    day(quality=2)
    made = ask(mode="quality", n=3, source="api")
    assert (made.included, made.price_micros, left(studio, alice)) == (0, 70_000, 2)


def at_once(alice: User, places: list[Workspace]) -> int:
    """How many of so many requests for two pictures, all at the same moment, are taken."""

    def request_two(place: Workspace) -> bool:
        try:
            with scope(workspace=place):
                request.submit(workspace=place, requested_by=alice, source="page", prompt="a cat", mode="quality", n=2)
        except AllowanceUsed:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(request_two, places))


def test_two_tabs_at_once_get_no_more_than_the_day(studio, alice, day) -> None:
    day(quality=5)
    assert at_once(alice, [studio] * 6) == 2


def test_two_free_workspaces_at_once_get_no_more_than_one_day(studio, alice, day) -> None:
    day(quality=5)
    assert at_once(alice, [studio, workspaces.create_workspace(name="Second", owner=alice)] * 3) == 2


def test_what_was_stopped_or_failed_comes_back(ask, studio, alice, day, claim) -> None:
    day(quality=4)
    cancel.cancel(generation=ask(mode="quality", n=4))
    assert left(studio, alice) == 4
    held = claim(ask(mode="quality", n=4))
    hand_over(held, 0)
    assert left(studio, alice) == 0
    lease.finish(generation=held, status=Generation.Status.FAILED, code="x")
    assert left(studio, alice) == 3


def test_a_new_day_begins_at_midnight_and_keeps_what_is_still_to_come(ask, studio, alice, day, claim) -> None:
    day(quality=8)
    draw_all(claim(ask(mode="quality", n=2)))
    held = claim(ask(mode="quality", n=4))
    hand_over(held, 0)
    assert left(studio, alice) == 2
    with time_machine.travel(limits.today() + timedelta(days=1, seconds=1)):
        assert left(studio, alice) == 5
        hand_over(held, 1)
        assert left(studio, alice) == 5


def test_members_share_the_day(ask, studio, alice, bob, day) -> None:
    day(quality=3)
    ask(mode="quality", n=2)
    assert left(studio, bob) == 1


def test_many_free_workspaces_bring_no_more(ask, studio, alice, bob, day) -> None:
    day(quality=4)
    ask(mode="quality", n=3)
    other = workspaces.create_workspace(name="Second", owner=alice)
    with scope(workspace=other):
        Membership.objects.create(workspace=other, user=bob, role="member")
        assert (left(other, alice), left(other, bob)) == (1, 4)
        with pytest.raises(AllowanceUsed, match="1 of today's"):
            request.submit(workspace=other, requested_by=alice, source="page", prompt="a cat", mode="quality", n=2)


def test_a_paid_workspace_is_counted_for_itself(ask, studio, alice, day, grant) -> None:
    grant("super")
    ask(mode="quality", n=4)
    assert left(studio, alice) == PLANS["super"].daily["quality"] - 4
    day(quality=4)
    other = workspaces.create_workspace(name="Free", owner=alice)
    with scope(workspace=other):
        assert left(other, alice) == 4


def test_a_members_credit_is_limited_on_the_pages_too(ask, studio, alice, rich, day, claim) -> None:
    day(quality=1)
    studio.memberships.filter(user=alice).update(monthly_micros=150_000)
    draw_all(claim(ask(mode="quality", n=3, use_credit=True)))
    member = studio.memberships.get(user=alice)
    assert limits.used_by(member, since=limits.today()) == limits.Use(3, 140_000)
    with pytest.raises(limits.LimitReached, match=r"\$0\.15 of credit a month"):
        ask(mode="quality", n=1, use_credit=True)


def test_every_sum_agrees_with_the_books(ask, studio, alice, rich, day, claim, api_key) -> None:
    from accounts.models import ApiKey

    day(quality=2)
    draw_all(claim(ask(mode="quality", n=3, use_credit=True)))
    with scope(workspace=studio):
        key = ApiKey.objects.get()
    draw_all(claim(ask(mode="quality", n=2, source="api", api_key=key)))
    open_ = claim(ask(mode="quality", n=2, use_credit=True))
    hand_over(open_, 1)
    today = timezone.now().date()
    lines = usage.by_person(workspace=studio, period=usage.Period(today, today))
    earned = 4 * 70_000
    assert sum(line.micros for line in lines) == earned
    assert limits.used_by(studio.memberships.get(user=alice), since=limits.today()).micros == earned + 70_000
    assert spending.this_month([key]) == {key.pk: 140_000}
    given = DOLLAR + 25 * DOLLAR
    assert (ledger.balance(workspace=studio), ledger.held(workspace=studio)) == (given - earned - 70_000, 70_000)


@pytest.fixture
def opened(studio, alice) -> Callable[..., Feed]:
    def begin(**changes: Any) -> Feed:
        return feeds.open_feed(workspace=studio, person=alice, prompt="a cat", size="256x256", **changes)

    return begin


def test_a_feed_stands_still_where_the_day_ends_and_goes_on_with_credit(opened, rich, day, books) -> None:
    day(speed=2)
    feed = opened()
    assert feed.asked == 2
    assert feed.trouble.startswith("Today's 2 Speed pictures of this workspace are used up.")
    assert feeds.read_on(feed=feed, seen=0).asked == 2
    with_credit = feeds.read_on(feed=feed, seen=0, use_credit=True)
    assert (with_credit.asked, with_credit.trouble, books()[1]) == (4, "", 140_000)
    assert not feeds.read_on(feed=feed, seen=2, use_credit=False).uses_credit


def test_a_feed_of_which_nothing_could_be_drawn_is_none(opened, day) -> None:
    day(speed=0)
    with pytest.raises(feeds.NotBegun, match="no Speed pictures a day"):
        opened()
    assert not Feed.objects.exists()
