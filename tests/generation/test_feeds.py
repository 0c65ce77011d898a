"""The endless feed: a few pictures ahead of its reader, and none for nobody."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scope

from billing.ledger import InsufficientFunds
from generation import catalog, progress, valkey
from generation.models import Feed, Generation, Picture
from generation.services import feeds, lease, request

PROMPT = "a red apple"


@pytest.fixture
def open_feed(studio, alice) -> Callable[..., Feed]:
    def begin(**changes) -> Feed:
        return feeds.open_feed(workspace=studio, person=alice, **({"prompt": PROMPT, "size": "256x256"} | changes))

    return begin


@pytest.fixture
def unread() -> Callable[[Feed, float], None]:
    """`unread(feed, 11)`: nobody has read it for 11 seconds, and beat looks."""

    def look(feed: Feed, seconds: float) -> None:
        Feed.objects.filter(pk=feed.pk).update(last_seen=timezone.now() - timedelta(seconds=seconds))
        feeds.pause_idle()
        feed.refresh_from_db()

    return look


def rows(feed: Feed, *statuses: str):
    found = Generation.objects.filter(feed=feed).order_by("feed_index")
    return list(found.filter(status__in=statuses) if statuses else found)


def places(feed: Feed, *statuses: str) -> list[int | None]:
    return [row.feed_index for row in rows(feed, *statuses)]


def test_it_asks_for_the_first_pictures_with_seeds_that_count_up(open_feed, alice) -> None:
    feed = open_feed(seed=catalog.MAX_SEED - 1)
    made = rows(feed)
    assert [row.seed for row in made] == [catalog.MAX_SEED - 1, catalog.MAX_SEED, 0, 1]
    assert {(row.prompt, row.mode, row.n, str(row.size), row.status, row.requested_by) for row in made} == {
        (PROMPT, "speed", 1, "256x256", "queued", alice)
    }
    assert places(feed) == [0, 1, 2, 3]
    assert (feed.state, feed.asked, feed.seen) == ("running", 4, 0)


def test_it_opens_nothing_when_something_is_wrong(open_feed) -> None:
    with pytest.raises(feeds.Invalid) as wrong:
        open_feed(prompt=" ", size="300x300", seed="seven")
    assert set(wrong.value.errors) == {"prompt", "size", "seed"}
    assert not Feed.objects.exists()
    assert not Generation.objects.exists()


def test_it_keeps_as_many_pictures_ahead_of_the_reader(open_feed, draw, grant) -> None:
    grant("super")
    feed = open_feed()
    for seen, asked in ((0, 4), (1, 5), (3, 7), (2, 7), (3, 7), (99, 11)):
        assert feeds.read_on(feed=feed, seen=seen).asked == asked
    assert places(feed) == list(range(11))
    for row in rows(feed):
        draw(row)
    assert feeds.read_on(feed=feed, seen=7).asked == 11, "finished pictures are ahead of the reader too"


def test_it_asks_once_when_heartbeats_overlap(open_feed) -> None:
    feed = open_feed()
    barrier = threading.Barrier(8)

    def beat() -> None:
        barrier.wait()
        with scope(workspace=feed.workspace):
            feeds.read_on(feed=feed, seen=3)
        connection.close()

    threads = [threading.Thread(target=beat) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places(feed) == list(range(7))


def test_it_pauses_without_a_reader_and_goes_on_with_one(open_feed, unread, claim) -> None:
    feed = open_feed()
    begun = claim(rows(feed)[0])
    unread(feed, 9)
    assert feed.state == "running"
    unread(feed, 11)
    assert feed.state == "paused"
    assert places(feed, "canceled") == [1, 2, 3]
    assert lease.renew(generation=begun), "what is being drawn is finished"
    unread(feed, 200)
    assert feed.state == "paused"

    assert feeds.read_on(feed=feed, seen=0).state == "running"
    assert places(feed, "queued", "running") == [0, 4, 5, 6]
    feeds.pause_idle()
    feed.refresh_from_db()
    assert feed.state == "running"


@pytest.mark.parametrize("before", ["running", "paused"])
def test_it_ends_when_it_was_forgotten(open_feed, unread, before) -> None:
    feed = open_feed()
    if before == "paused":
        feeds.pause(feed=feed)
    unread(feed, 301)
    assert feed.state == "ended"
    assert places(feed, "queued", "running") == []
    assert feeds.read_on(feed=feed, seen=4).state == "ended"
    assert feeds.change_prompt(feed=feed, prompt="a cat").prompt == PROMPT
    assert feeds.pause(feed=feed).state == "ended"
    assert feed.asked == Generation.objects.count() == 4


def test_it_pauses_feeds_of_all_workspaces(open_feed, unread, charlie) -> None:
    from accounts.services import workspaces

    his = workspaces.personal(charlie)
    with scope(workspace=his):
        other = feeds.open_feed(workspace=his, person=charlie, prompt="a cat")
        unread(other, 11)
        assert other.state == "paused"


def test_it_leaves_a_feed_whose_reader_comes_back_that_moment(open_feed, monkeypatch) -> None:
    feed = open_feed()
    Feed.objects.filter(pk=feed.pk).update(last_seen=timezone.now() - timedelta(seconds=11))

    def read_first(**around):
        feeds.read_on(feed=feed, seen=0)
        return scope(**around)

    monkeypatch.setattr(feeds, "scope", read_first)
    feeds.pause_idle()
    feed.refresh_from_db()
    assert feed.state == "running"


def test_it_draws_another_prompt_from_the_next_picture_on(open_feed, draw, claim) -> None:
    feed = open_feed(seed=10)
    draw(rows(feed)[0])
    begun = claim(rows(feed)[1])
    changed = feeds.change_prompt(feed=feed, prompt="  a cat ")
    assert (changed.prompt, changed.asked) == ("a cat", 8), "what was drawn of the other prompt does not count"
    assert places(feed, "canceled") == [2, 3]
    assert [(row.feed_index, row.seed, row.prompt) for row in rows(feed, "queued")] == [
        (number, 10 + number, "a cat") for number in range(4, 8)
    ]
    assert lease.renew(generation=begun)

    feeds.change_prompt(feed=feed, prompt="a cat")
    assert places(feed) == list(range(8)), "the same prompt changes nothing"
    with pytest.raises(feeds.Invalid):
        feeds.change_prompt(feed=feed, prompt="")
    feed.refresh_from_db()
    assert feed.prompt == "a cat"


def test_it_stops_in_the_middle_of_a_picture(open_feed, draw, painter) -> None:
    feed = open_feed()
    first = rows(feed)[0]

    def end_after_a_row(drawn: list) -> None:
        if len(drawn) == 1:
            feeds.end(feed=feed)

    draw(first, painter(end_after_a_row))
    assert places(feed, "canceled") == [0, 1, 2, 3]
    assert not Picture.objects.exists()


def test_it_says_why_it_asks_for_no_more_and_tries_again(open_feed, monkeypatch) -> None:
    feed = open_feed()

    def refuse(**_) -> None:
        raise InsufficientFunds(needed_micros=2, balance_micros=1)

    with monkeypatch.context() as poor:
        poor.setattr(request, "submit", refuse)
        stuck = feeds.read_on(feed=feed, seen=2)
    assert (stuck.state, stuck.asked) == ("running", 4)
    assert "credit" in Feed.objects.get().trouble
    assert (feeds.read_on(feed=feed, seen=2).asked, Feed.objects.get().trouble) == (6, "")


def test_it_waits_when_the_plan_allows_no_more_in_the_queue(open_feed, draw) -> None:
    feed = open_feed()
    stuck = feeds.read_on(feed=feeds.read_on(feed=feed, seen=4), seen=8)
    assert stuck.asked == 8 and "as many as the plan Free allows" in stuck.trouble
    draw(rows(feed)[0])
    assert feeds.read_on(feed=feed, seen=8).asked == 9


def test_it_replaces_no_picture_that_failed(open_feed, claim) -> None:
    """Else a broken worker would be asked for pictures without end."""
    feed = open_feed()
    lease.finish(generation=claim(rows(feed)[0]), status=Generation.Status.FAILED, code="storage_failed")
    assert feeds.read_on(feed=feed, seen=0).asked == 4


def test_it_tells_of_all_its_pictures_in_one_stream(open_feed, draw, events) -> None:
    feed = open_feed()
    first, second, *_ = rows(feed)
    draw(first)
    draw(second)
    assert events(feed) == ["queued"] * 4 + ["started", "preview", "preview", "picture", "over"] * 2
    told: Any = valkey.client().xrange(progress.stream_key(feed.pk))
    assert [('"place": 0' in fields["data"], '"place": 1' in fields["data"]) for _, fields in told[4:]] == (
        [(True, False)] * 5 + [(False, True)] * 5
    )
    assert events(first) == []
