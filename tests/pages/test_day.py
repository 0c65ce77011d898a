"""What the pages say of the day and of credit, without a browser."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from accounts.services import workspaces
from billing import ledger, plans
from billing.models import DataSharing
from billing.plans import FREE
from generation.models import Feed, Generation
from generation.pages import day as days
from generation.services.allowance import Left
from generation.services.feeds import MODE
from tests.pages.conftest import PROMPT

SCRIPT = {"HX-Request": "true"}
GOOD = {"prompt": PROMPT, "mode": "quality", "size": "256x256", "n": "2"}


@pytest.fixture
def url(studio) -> str:
    return reverse("pages:create", args=[studio.slug])


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda **daily: monkeypatch.setattr(plans, "FREE", replace(FREE, daily=daily))


@pytest.fixture
def rich(studio) -> None:
    ledger.grant(workspace=studio, key="rich", amount_micros=200_000)


@pytest.mark.parametrize(
    ("n", "left", "spendable", "said"),
    [
        (4, 4, None, "Included"),
        (4, 4, 0, "Included"),
        (4, 2, None, "Only 2 left today"),
        (4, 2, 140_000, "2 included + $0.14"),
        (4, 2, 139_999, "Not enough credit"),
        (4, 0, None, "Nothing left today"),
        (4, 0, 10**6, "$0.28 of credit"),
    ],
)
def test_it_says_what_a_click_costs(n: int, left: int, spendable: int | None, said: str) -> None:
    assert days._cost(n, left, 70_000, spendable) == said


@pytest.mark.parametrize(
    ("left", "spendable", "said"),
    [
        (3, None, "Included"),
        (3, 70_000, "Included, then $0.07 each"),
        (3, 69_999, "Included"),
        (0, None, "Nothing left today"),
        (0, 70_000, "$0.07 a picture"),
        (0, 1, "Not enough credit"),
    ],
)
def test_it_says_what_a_feed_costs(left: int, spendable: int | None, said: str) -> None:
    assert days._feed_cost(1, left, 70_000, spendable) == said


def test_nothing_is_left_below_zero() -> None:
    assert Left(40, here=50).left == 0


def told(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.headers["X-Aurora-Day"])
    return found


def test_scripts_are_told_after_each_request(url, client_of, alice, day, rich) -> None:
    day(quality=3)
    client = client_of(alice)
    answer = client.post(url, GOOD, headers=SCRIPT)
    assert answer.status_code == 201
    assert told(answer)["modes"]["quality"] == {
        "left": "1 of 3 left",
        "costs": [
            ["Included", "Only 1 left today", "Only 1 left today", "Only 1 left today"],
            ["Included", "1 included + $0.07", "1 included + $0.14", "Not enough credit"],
        ],
    }
    answer = client.post(url, GOOD, headers=SCRIPT)
    assert answer.status_code == 422
    assert answer.json()["errors"]["n"].startswith("1 of today's 3 Quality pictures are left, and you asked for 2.")
    assert told(answer)["credit"] == "$0.20 there"


def test_credit_is_used_where_it_was_chosen_and_remembered_there_alone(
    url, client_of, alice, day, rich, studio
) -> None:
    day(quality=1)
    client = client_of(alice)
    other = reverse("pages:create", args=[workspaces.create_workspace(name="Other", owner=alice).slug])
    assert client.post(url, GOOD | {"credit": ["0", "1"]}).status_code == 302
    made = Generation.objects.get()
    assert (made.included, made.price_micros) == (1, 70_000)
    box = 'type="checkbox" name="credit" value="1" autocomplete="off"'
    assert f"{box} checked" in client.get(url).content.decode()
    assert f"{box} disabled" in client.get(other).content.decode()
    refused = client.post(url, GOOD | {"credit": ["0", "1"], "n": "4"}).content.decode()
    assert "This costs $0.28, more than the workspace has of credit. Nothing was charged." in refused
    client.post(url, GOOD | {"credit": "0"})
    assert f"{box}>" in client.get(url).content.decode()


def test_only_who_may_see_money_sees_the_balance(url, client_of, alice, bob, rich, studio) -> None:
    assert "$0.20 there" in client_of(alice).get(url).content.decode()
    page = client_of(bob).get(url).content.decode()
    assert "$0.20" not in page and "The workspace has some" in page
    studio.memberships.filter(user=bob).update(monthly_micros=150_000)
    assert "$0.15 for you this month" in client_of(bob).get(url).content.decode()
    studio.memberships.filter(user=bob).update(monthly_micros=0)
    assert 'name="credit" value="1" autocomplete="off" disabled' in client_of(bob).get(url).content.decode()


def test_a_feed_uses_credit_from_when_it_is_chosen(url, client_of, alice, day, rich, studio) -> None:
    day(speed=1)
    client = client_of(alice)
    assert client.post(url, {"prompt": PROMPT, "mode": MODE}).status_code == 302
    feed = Feed.objects.get()
    read = reverse("pages:feed_read", args=[studio.slug, feed.pk])
    page = client.get(reverse("pages:feed", args=[studio.slug, feed.pk])).content.decode()
    assert "0 of 1 left" in page and "Nothing left today" in page
    answer = client.post(read, {"seen": "0", "credit": ["0", "1"]}, headers=SCRIPT)
    assert told(answer)["modes"]["speed"]["costs"][1][0] == "Not enough credit"
    assert (Generation.objects.filter(price_micros=70_000).count(), Feed.objects.get().uses_credit) == (2, True)
    assert "The credit does not suffice" in answer.content.decode()


def test_with_nothing_left_no_feed_is_opened(url, client_of, alice, day) -> None:
    day(speed=0)
    answer = client_of(alice).post(url, {"prompt": PROMPT, "mode": MODE}, headers=SCRIPT)
    assert "no Speed pictures a day" in answer.json()["errors"]["form"]
    assert not Feed.objects.exists()


def test_shared_data_carries_a_sign(client_of, alice, studio, drawn, url) -> None:
    DataSharing.objects.create(workspace=studio)
    picture = drawn().pictures.get()
    client = client_of(alice)
    assert ">Shared data</li>" in client.get(url).content.decode()
    assert "· shared data</small>" in client.get(reverse("pages:gallery", args=[studio.slug])).content.decode()
    page = client.get(reverse("pages:picture", args=[studio.slug, picture.pk])).content.decode()
    assert "Shared with the people who run this site, without names" in page


def test_the_usage_page_shows_what_is_left_and_the_room(client_of, alice, studio, drawn) -> None:
    drawn(n=2)
    page = client_of(alice).get(reverse("pages:usage", args=[studio.slug])).content.decode()
    assert "198 of 200 left" in page
    assert 'max="2000000000"' in page and "of 2 GB" in page
