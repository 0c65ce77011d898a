"""Who used what: chart, table and CSV, and who sees whose."""

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


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
    assert lines[0] == ["day", "name", "email", "mode", "pictures", "credit_usd"]
    assert [line[1:5] for line in lines[1:]] == [
        ["Alice", "alice@example.org", "speed", "2"],
        ["Bob", "bob@example.org", "quality", "1"],
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
    from generation.models import Generation

    Generation.objects.update(requested_by=None)
    assert "People who left" in client_of(alice).get(url).content.decode()


@pytest.mark.parametrize("days", ["7", "30", "90", "", "0", "-1", "9999999999999999999", "x", "\0"])
def test_any_period_is_answered(url, days: str, client_of, alice) -> None:
    for address in (url, f"{url}.csv"):
        assert client_of(alice).get(address, {"days": days}).status_code == 200


def test_it_asks_as_often_for_many_as_for_few(url, drawn: Callable, client_of, alice, bob) -> None:
    client = client_of(alice)
    drawn()
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for by in (alice, bob):
        drawn(by=by, mode="quality", n=3)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few) <= 14


def test_it_shows_ones_own_limits(url, client_of, bob, studio) -> None:
    studio.memberships.filter(user=bob).update(daily_pictures=9, monthly_micros=2_500_000, modes=["speed"])
    page = client_of(bob).get(url).content.decode()
    assert "0 of 9 pictures today; $0 of $2.50 credit this month; modes: Speed" in page
