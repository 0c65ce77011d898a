"""Who used what: chart, table and CSV, and who sees whose."""

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import Generation


@pytest.fixture
def url(studio) -> str:
    return reverse("pages:usage", args=[studio.slug])


def rows(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_admins_see_everybody(url, drawn: Callable, client_of, alice, bob) -> None:
    drawn(n=2)
    drawn(by=bob, mode="quality", n=1)
    page = client_of(alice).get(url).content.decode()
    assert page.count("<rect") == 2
    assert "3 pictures from" in page
    assert "bob@example.org" in page
    lines = rows(client_of(alice).get(f"{url}.csv"))
    assert lines[0] == ["day", "name", "email", "mode", "key", "model", "pictures", "credit_usd"]
    assert [line[1:7] for line in lines[1:]] == [
        ["Alice", "alice@example.org", "speed", "", "test-model", "2"],
        ["Bob", "bob@example.org", "quality", "", "test-model", "1"],
    ]


def test_others_see_their_own(url, drawn: Callable, client_of, bob) -> None:
    drawn(n=2)
    drawn(by=bob)
    page = client_of(bob).get(url).content.decode()
    assert "1 picture from" in page
    assert "alice@example.org" not in page
    assert [line[1] for line in rows(client_of(bob).get(f"{url}.csv"))[1:]] == ["Bob"]


def test_no_name_becomes_a_formula(url, drawn: Callable, client_of, alice) -> None:
    alice.display_name = '=HYPERLINK("http://evil.example")'
    alice.save()
    drawn()
    assert rows(client_of(alice).get(f"{url}.csv"))[1][1] == '\'=HYPERLINK("http://evil.example")'


def test_people_whose_account_is_gone_stay_in_the_sums(url, drawn: Callable, client_of, alice, bob, studio) -> None:
    drawn(by=bob)
    Generation.objects.update(requested_by=None)
    assert "People who left" in client_of(alice).get(url).content.decode()


@pytest.mark.parametrize("days", ["7", "30", "90", "", "0", "-1", "9999999999999999999", "x", "\0"])
def test_any_period_is_answered(url, days: str, client_of, alice) -> None:
    for address in (url, f"{url}.csv"):
        assert client_of(alice).get(address, {"days": days}).status_code == 200


def test_it_asks_as_often_for_many_as_for_few(url, drawn: Callable, client_of, alice, bob) -> None:
    client = client_of(alice)
    drawn()
    client.get(url)  # what the site announces is remembered from here on
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for by in (alice, bob):
        drawn(by=by, mode="quality", n=3)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few) <= 19


def test_it_shows_ones_own_limits(url, client_of, bob, studio) -> None:
    studio.memberships.filter(user=bob).update(daily_pictures=9, monthly_micros=2_500_000, modes=["speed"])
    page = client_of(bob).get(url).content.decode()
    assert "0 of 9 pictures today; $0 of $2.50 credit this month; modes: Speed" in page


@pytest.fixture
def key(studio, alice):
    """A key of Alice's, with the credit that comes with it."""
    from accounts.services import api_keys

    made, _ = api_keys.create(workspace=studio, name="Shop window", created_by=alice)
    from billing import ledger

    ledger.grant(workspace=studio, key="test-usage", amount_micros=1_000_000)
    return made


def test_it_stacks_by_person_and_by_key(url, drawn: Callable, key, client_of, alice, bob) -> None:
    drawn(n=2, source="api", api_key=key)
    drawn(by=bob)
    for part, labels in {
        "person": ("Alice", "Bob"),
        "key": ("Shop window", "On the pages"),
        "mode": ("Speed",),
    }.items():
        answer = client_of(alice).get(url, {"by": part})
        bars = answer.context["chart"].bars
        assert sum(bar.title.startswith(bars[0].title.split(":")[0]) for bar in bars) == len(labels)
        assert all(any(bar.title.endswith(label) for bar in bars) for label in labels)
        assert "3 pictures from" in answer.content.decode()
    assert [(row.name, row.pictures, row.credit) for row in answer.context["keys"]] == [
        ("Shop window", 2, "$0.14"),
        ("On the pages", 1, "$0"),
    ]
    assert [line[4:] for line in rows(client_of(alice).get(f"{url}.csv"))[1:]] == [
        ["Shop window", "test-model", "2", "0.140000"],
        ["", "test-model", "1", "0.000000"],
    ]


def test_it_stacks_by_model(url, drawn: Callable, client_of, alice) -> None:
    drawn(n=2)
    Generation.objects.update(model="older-model")
    drawn()
    answer = client_of(alice).get(url, {"by": "model"})
    assert [bar.title.split(", ")[1] for bar in answer.context["chart"].bars] == ["older-model", "test-model"]
    assert [(row.name, row.pictures) for row in answer.context["models"]] == [("older-model", 2), ("test-model", 1)]
    assert "By model" in answer.content.decode()


def test_those_without_a_colour_of_their_own_are_one(url, drawn: Callable, client_of, alice, bob, monkeypatch) -> None:
    monkeypatch.setattr("generation.pages.usage.COLOURS", 1)
    drawn(n=2)
    drawn(by=bob)
    bars = client_of(alice).get(url, {"by": "person"}).context["chart"].bars
    assert [bar.style for bar in bars] == ["is-1", "is-other"]
    assert round(bars[0].height / bars[1].height) == 2


def test_others_stack_their_own_by_key_and_see_nobody_else(url, drawn: Callable, key, client_of, bob) -> None:
    drawn(n=2, source="api", api_key=key)
    drawn(by=bob)
    answer = client_of(bob).get(url, {"by": "key"})
    assert [bar.title.split(", ")[1] for bar in answer.context["chart"].bars] == ["On the pages"]
    assert "Shop window" not in answer.content.decode()
    assert client_of(bob).get(url, {"by": "person"}).context["part"] == "mode"


@pytest.mark.parametrize("by", ["", "x", "\0", "mode,key"])
def test_any_stacking_is_answered(url, by: str, client_of, alice) -> None:
    assert client_of(alice).get(url, {"by": by}).context["part"] == "mode"
