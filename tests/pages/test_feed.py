"""The pages of a feed without a browser."""

import pytest
from django.urls import reverse

from tests.pages.conftest import PROMPT

SCRIPT = {"HX-Request": "true"}
GOOD = {"prompt": PROMPT, "mode": "speed", "size": "256x256", "n": "3", "seed": "7"}


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


@pytest.fixture
def opened(studio, alice):
    from generation.services import feeds

    return feeds.open_feed(workspace=studio, person=alice, prompt=PROMPT, size="256x256", seed=7)


@pytest.fixture
def url(studio, opened):
    """`url("feed_read")` is an address of the opened feed."""
    return lambda name="feed": reverse(f"pages:{name}", args=[studio.slug, opened.pk])


@pytest.fixture
def deliver():
    """`deliver(feed)` finishes its next picture."""
    from generation.services import browse, lease
    from generation.services import deliver as delivery
    from tests.pages.conftest import _png

    def one(feed) -> None:
        waiting = browse.feed_current(feed=feed)
        generation = lease.claim_next(worker="test", model="test-model")
        assert generation and generation == waiting
        delivery.deliver_picture(
            generation=generation, index=0, seed=generation.seed, png=_png(1), seconds=1.5, positions=64
        )
        lease.finish(generation=generation, status=generation.Status.SUCCEEDED)

    return one


def places(page: str) -> list[int]:
    return [int(part.split('"')[0]) for part in page.split('data-box data-index="')[1:]]


@pytest.mark.parametrize("path", ["create", "feeds"])
def test_it_opens_from_the_composer(path: str, studio, client) -> None:
    from generation.models import Feed

    answer = client.post(reverse(f"pages:{path}", args=[studio.slug]), GOOD)
    feed = Feed.objects.get()
    assert answer.url == reverse("pages:feed", args=[studio.slug, feed.pk])
    assert (feed.prompt, str(feed.size), feed.seed) == (PROMPT, "256x256", 7)
    page = client.get(answer.url).content.decode()
    assert places(page) == [0, 1, 2, 3]
    assert page.count("data-turn") == 1
    assert f"/events/{feed.pk}?" in page


def test_it_tells_a_script_where_the_feed_is(studio, client) -> None:
    from generation.models import Feed

    answer = client.post(reverse("pages:create", args=[studio.slug]), GOOD, headers=SCRIPT)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Location"] == reverse("pages:feed", args=[studio.slug, Feed.objects.get().pk])


def test_it_opens_nothing_that_is_wrong(studio, client) -> None:
    from generation.models import Feed

    answer = client.post(reverse("pages:feeds", args=[studio.slug]), GOOD | {"prompt": ""}, headers=SCRIPT)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["prompt"])
    assert client.post(reverse("pages:feeds", args=[studio.slug]), GOOD | {"seed": "x"}).status_code == 422
    assert not Feed.objects.exists()


def test_it_gives_a_script_what_it_does_not_have(client, url, opened, deliver) -> None:
    deliver(opened)
    answer = client.post(url("feed_read"), {"seen": "1", "since": "1"}, headers=SCRIPT)
    page = answer.content.decode()
    assert places(page) == [1, 2, 3, 4]
    assert "<html" not in page
    assert "<h2" not in page, "the prompt is that of the picture before"
    assert answer.headers["Cache-Control"] == "no-store"
    page = client.get(url(), {"since": "0"}, headers=SCRIPT).content.decode()
    assert page.count('data-state="done"') == 1
    assert page.count("data-turn") == 1


def test_it_asks_for_more_without_scripts(client, url, opened) -> None:
    assert client.post(url("feed_read"), {"seen": "4"}).url == url()
    opened.refresh_from_db()
    assert opened.asked == 8
    assert client.get(url("feed_read")).status_code == 405


@pytest.mark.parametrize("number", ["-1", "one", "9" * 10, "²"])
def test_it_refuses_a_place_that_is_none(number: str, client, url) -> None:
    assert client.post(url("feed_read"), {"seen": number}).status_code == 400
    assert client.get(url(), {"since": number}, headers=SCRIPT).status_code == 400


def test_it_puts_another_prompt_above_its_first_picture(client, url, opened, deliver) -> None:
    deliver(opened)
    page = client.post(url("feed_prompt"), {"prompt": "a <cat>", "since": "1"}, headers=SCRIPT).content.decode()
    assert places(page) == [4, 5, 6, 7]
    assert page.index("a &lt;cat&gt;</h2>") < page.index('data-box data-index="4"')
    assert client.post(url("feed_prompt"), {"prompt": "a dog"}).url == url()
    page = client.get(url()).content.decode()
    assert places(page) == [0, 8, 9, 10, 11]
    assert ">a dog</textarea>" in page


def test_it_says_what_is_wrong_with_a_prompt_and_keeps_it(client, url, opened) -> None:
    answer = client.post(url("feed_prompt"), {"prompt": "a" * 1001}, headers=SCRIPT)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["prompt"])
    answer = client.post(url("feed_prompt"), {"prompt": "a" * 1001})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "1,001 characters" in page.split('id="id_prompt_error"')[1].split("</p>")[0]
    assert "a" * 1001 in page
    opened.refresh_from_db()
    assert opened.prompt == PROMPT


def test_it_pauses_and_ends_and_says_so(client, url, opened, deliver) -> None:
    deliver(opened)
    assert client.post(url("feed_pause")).url == url()
    page = client.get(url()).content.decode()
    assert places(page) == [0]
    assert "Paused." in page
    page = client.post(url("feed_end"), {"since": "0"}, headers=SCRIPT).content.decode()
    assert 'data-said="Ended after 1 picture."' in page
    assert "data-events" not in page
    assert "Ended after 1 picture." in client.get(url()).content.decode()


def test_it_says_that_more_comes_as_the_reader_goes_on(client, url, opened, deliver) -> None:
    for _ in range(4):
        deliver(opened)
    page = client.post(url("feed_read"), {"seen": "0"}, headers=SCRIPT).content.decode()
    assert 'data-said="More is drawn as you scroll on."' in page


def test_it_shows_the_newest_of_a_long_feed(client, url, opened, monkeypatch) -> None:
    from generation.pages import cards

    assert "Earlier pictures" not in client.get(url()).content.decode()
    monkeypatch.setattr(cards, "FEED_SHOWN", 3)
    page = client.get(url()).content.decode()
    assert places(page) == [1, 2, 3]
    assert page.count("data-turn") == 1
    assert "Earlier pictures" in page


def test_the_create_page_shows_a_feed_once_among_the_others(studio, client, url, opened, deliver, ask) -> None:
    for _ in range(5):
        deliver(opened)
        client.post(url("feed_read"), {"seen": "5"})
    newer = ask(mode="quality")
    page = client.get(reverse("pages:create", args=[studio.slug])).content.decode()
    assert page.count("data-generation=") == 1
    assert page.index(f'data-generation="{newer.pk}"') < page.index("data-feed-card") < page.index(url())
    assert places(page.split("data-feed-card")[1]) == [4, 3, 2, 1]
    assert client.get(reverse("pages:gallery", args=[studio.slug])).content.decode().count("data-tile=") == 5


def test_it_asks_the_database_no_more_for_long_feeds(
    studio, client, url, opened, deliver, django_assert_max_num_queries
) -> None:
    for _ in range(5):
        deliver(opened)
        client.post(url("feed_read"), {"seen": "5"})
    client.get(url())  # what the site announces is remembered from here on
    with django_assert_max_num_queries(15):
        client.get(url())
    with django_assert_max_num_queries(19):
        client.get(reverse("pages:create", args=[studio.slug]))
