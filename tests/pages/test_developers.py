"""The developer console: what it shows of requests, to whom, and that it asks as little for many as for few."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope
from zeal import zeal_context

from accounts.models import ApiKey
from accounts.services import api_keys
from billing import ledger
from generation.models import ApiCall

NAMES = ("developers", "requests", "playground", "api_limits")


@pytest.fixture
def space(db: None, workspace) -> Iterator:
    """The workspace, in whose scope the test runs."""
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def keys(space, alice, bob) -> dict[str, ApiKey]:
    """A key of Alice's, with $1.00 to spend, and one of Bob's."""
    ledger.grant(workspace=space, key="test-console", amount_micros=1_000_000)
    people = {"Shop window": alice, "Robot": bob}
    return {name: api_keys.create(workspace=space, name=name, created_by=who)[0] for name, who in people.items()}


@pytest.fixture
def log(space, keys) -> Callable[..., ApiCall]:
    """`log(key="Robot", status=500)` adds a line to the log."""

    def add(*, key: str = "Shop window", ago: timedelta = timedelta(0), **values: Any) -> ApiCall:
        usual = {
            "method": "POST",
            "path": "/v1/images/generations",
            "status": 200,
            "outcome": "ok",
            "milliseconds": 900,
        }
        about = {"request_id": f"req-{uuid4()}", "created_at": timezone.now() - ago}
        return ApiCall.objects.create(workspace=space, api_key=keys[key], **usual | about | values)

    return add


@pytest.fixture
def page(space, client_of) -> Callable[..., Any]:
    """`page(bob, "requests", path="edits")` is the answer to Bob."""

    def get(person: Any, name: str, *args: Any, **query: str) -> Any:
        return client_of(person).get(reverse(f"pages:{name}", args=[space.slug, *args]), query)

    return get


def paths(answer: Any) -> list[str]:
    return [call.row.path for call in answer.context["calls"]]


def test_it_sums_up_requests(page, log, alice) -> None:
    for milliseconds in (100, 200, 300):
        log(milliseconds=milliseconds)
    log(status=429, outcome="client", path="/v1/models", milliseconds=5)
    log(status=500, outcome="server", ago=timedelta(days=3), milliseconds=5000)
    day, month = page(alice, "developers"), page(alice, "developers", over="month")
    total = day.context["total"]
    assert (total.of.requests, total.failed, total.middle, total.slow) == (4, "1 (25.0%)", "150 ms", "285 ms")
    assert [(line.of.path, line.of.requests, line.of.failed) for line in day.context["paths"]] == [
        ("/v1/images/generations", 3, 0),
        ("/v1/models", 1, 1),
    ]
    assert [bar.style for bar in day.context["chart"].bars] == ["is-ok", "is-client"]
    assert [bar.style for bar in month.context["chart"].bars] == ["is-server", "is-ok", "is-client"]
    assert month.context["chart"].words.startswith("5 requests from")
    assert b"http://127.0.0.1:8000/v1" in day.content
    assert "$26.00" in day.content.decode()


def test_it_says_what_was_spent(page, keys, drawn, alice, bob) -> None:
    drawn(n=2, source="api", api_key=keys["Shop window"])
    assert page(alice, "developers").context["spent"] == "$0.14"
    own = page(bob, "developers")
    assert (own.context["spent"], own.context["balance"]) == ("$0.00", "")


def test_an_empty_log_is_no_error(page, space, alice) -> None:
    for name in NAMES:
        assert page(alice, name).status_code == 200
    assert page(alice, "developers").context["total"].middle == "–"
    assert "Make an API key" in page(alice, "developers").content.decode()


def test_who_manages_no_keys_sees_the_calls_of_their_own(page, log, alice, bob, space, body_of) -> None:
    mine, theirs = log(key="Robot", path="/v1/models"), log(path="/v1/credits")
    assert sorted(paths(page(alice, "requests"))) == ["/v1/credits", "/v1/models"]
    seen = page(bob, "requests")
    assert paths(seen) == ["/v1/models"]
    assert "Shop window" not in seen.content.decode()
    assert page(bob, "developers").context["total"].of.requests == 1
    assert page(bob, "request", mine.pk).status_code == 200
    assert page(bob, "request", theirs.pk).status_code == 404
    assert page(bob, "requests", before=str(theirs.pk)).context["calls"] == []
    assert page(bob, "requests", key=str(theirs.api_key_id)).status_code == 400
    assert b"/v1/credits" not in body_of(page(bob, "requests_csv"))
    assert [cap.key.name for cap in page(bob, "api_limits").context["caps"]] == ["Robot"]


def test_viewers_and_strangers_stay_outside(page, log, space, bob, charlie) -> None:
    call = log(path="/v1/zanzibar")
    space.memberships.filter(user=bob).update(role="viewer")
    for name, *args in [(name,) for name in (*NAMES, "requests_csv")] + [("request", call.pk)]:
        assert page(bob, name, *args).status_code == 403
        answer = page(charlie, name, *args)
        assert (answer.status_code, b"zanzibar" in answer.content) == (404, False)


def test_another_workspace_has_none_of_these_calls(log, client_of, charlie) -> None:
    from accounts.services import workspaces

    call, own = log(), workspaces.create_workspace(name="Theirs", owner=charlie)
    client = client_of(charlie)
    assert client.get(reverse("pages:request", args=[own.slug, call.pk])).status_code == 404
    assert paths(client.get(reverse("pages:requests", args=[own.slug]))) == []


def test_it_finds_requests(page, log, keys, alice) -> None:
    first = log(path="/v1/models", key="Robot", ago=timedelta(days=5))
    log(path="/v1/images/edits", status=400, outcome="client", error_code="invalid_value")
    log(status=503, outcome="server")
    today = timezone.now().date()
    for query, found in [
        ({"request_id": f" {first.request_id} "}, ["/v1/models"]),
        ({"request_id": "req"}, []),
        ({"path": "EDITS"}, ["/v1/images/edits"]),
        ({"outcome": "server"}, ["/v1/images/generations"]),
        ({"key": str(keys["Robot"].pk)}, ["/v1/models"]),
        ({"since": str(today - timedelta(days=1))}, ["/v1/images/generations", "/v1/images/edits"]),
        ({"until": str(today - timedelta(days=1))}, ["/v1/models"]),
        ({"until": "9999-12-31", "since": "0001-01-01", "path": "models"}, ["/v1/models"]),
    ]:
        assert paths(page(alice, "requests", **query)) == found, query


def test_bad_searches_are_answered(page, log, alice) -> None:
    log()
    for query, status in [
        ({"outcome": "x"}, 400),
        ({"key": "x"}, 400),
        ({"since": "yesterday"}, 400),
        ({"since": "2026-02-02", "until": "2026-02-01"}, 400),
        ({"path": "\0"}, 400),
        ({"before": "x"}, 404),
        ({"before": str(uuid4())}, 200),
    ]:
        assert page(alice, "requests", **query).status_code == status
        if "before" not in query:
            assert page(alice, "requests_csv", **query).status_code == status
    assert page(alice, "developers", over="x").context["is_day"]


def test_it_goes_on_from_page_to_page(page, log, alice, monkeypatch) -> None:
    from generation.pages.developers import requests

    monkeypatch.setattr(requests, "PAGE", 2)
    at = timezone.now()
    made = {str(log(created_at=at, path="/v1/models").pk) for _ in range(5)}
    seen, query = [], {"path": "models"}
    while query:
        answer = page(alice, "requests", **query)
        seen += [str(call.row.pk) for call in answer.context["calls"]]
        query = {name: values[0] for name, values in parse_qs(answer.context["older"]).items()}
    assert (len(seen), set(seen)) == (5, made)
    assert urlsplit(answer.wsgi_request.get_full_path()).query.startswith("path=models&before=")


def test_it_shows_a_request_with_its_pictures(page, log, keys, drawn, alice) -> None:
    made = drawn(n=2, source="api", api_key=keys["Shop window"])
    call = log(generation=made, idempotency_key="order-7", milliseconds=60_000)
    retry = log(generation=made)
    answer = page(alice, "request", call.pk)
    said = answer.content.decode()
    labels = [moment.label for moment in answer.context["moments"]]
    assert {"Received", "Queued", "Started", "Finished", "Answered"} == set(labels)
    assert labels[-1] == "Answered"
    for words in (made.prompt, "order-7", "$0.14", "Shop window", retry.request_id):
        assert words in said
    assert said.count("<img") >= 2
    assert sum(phase.width for phase in answer.context["phases"]) == pytest.approx(1000, abs=1)


def test_prompts_are_for_those_who_may_see_them(page, log, keys, drawn, alice, bob) -> None:
    made = drawn(source="api", api_key=keys["Robot"], by=bob, prompt="zanzibar at dawn")
    type(made).objects.filter(pk=made.pk).update(is_shared=False)
    call = log(key="Robot", generation=made)
    assert "zanzibar" in page(bob, "request", call.pk).content.decode()
    hidden = page(alice, "request", call.pk)
    assert "zanzibar" not in hidden.content.decode()
    assert hidden.context["is_hidden"]


def test_it_shows_an_error_as_it_was_sent(page, space, api_key, alice) -> None:
    sent = Client(headers={"Authorization": f"Bearer {api_key}"}).get("/v1/models/<b>")
    call = ApiCall.objects.get()
    answer = page(alice, "request", call.pk)
    told = json.loads(answer.context["call"].envelope)
    assert (told, list(told["error"])) == (sent.json(), ["message", "type", "param", "code"])
    assert b"<b>" not in answer.content


def test_it_gives_all_as_csv(page, log, keys, drawn, alice, body_of, monkeypatch) -> None:
    from generation.services import calls

    monkeypatch.setattr(calls, "BATCH", 2)
    log(generation=drawn(n=2, source="api", api_key=keys["Shop window"]), ago=timedelta(minutes=1))
    for _ in range(4):
        log(path="=cmd", error_code="not_found", status=404, outcome="client")
    answer = page(alice, "requests_csv")
    rows = list(csv.DictReader(io.StringIO(body_of(answer).decode())))
    assert (len(rows), rows[0]["path"], rows[0]["error_code"]) == (5, "'=cmd", "not_found")
    assert (rows[4]["credit_usd"], rows[4]["key_name"], rows[4]["status"]) == ("0.140000", "Shop window", "200")
    assert len(list(csv.DictReader(io.StringIO(body_of(page(alice, "requests_csv", outcome="ok")).decode())))) == 1


def test_it_tells_limits_and_what_is_left(page, space, keys, drawn, ask, alice, api_key) -> None:
    client = Client(headers={"Authorization": f"Bearer {api_key}"})
    for _ in range(3):
        client.get("/v1/models")
    ApiKey.objects.filter(pk=keys["Robot"].pk).update(monthly_cap_micros=2_000_000)
    drawn(n=2, source="api", api_key=keys["Robot"])
    ask()
    answer = page(alice, "api_limits")
    rates = {limit.what: (limit.most, limit.now) for limit in answer.context["rates"]}
    assert rates["Requests a minute"] in [("120", "117 left"), ("120", "118 left"), ("120", "119 left")]
    assert rates["Generations drawn at once"] == ("2", "0 drawn now")
    assert rates["Generations waiting or drawn"] == ("8", "1 now")
    assert rates["API keys that work"] == ("100", "3 now")
    (cap,) = [cap for cap in answer.context["caps"] if cap.key == keys["Robot"]]
    assert (cap.most, cap.spent, cap.left) == ("$2.00", "$0.14", "$1.86")


def test_it_asks_as_often_for_many_as_for_few(watched, page, space, log, keys, drawn, alice, client_of) -> None:
    made = drawn(n=2, source="api", api_key=keys["Shop window"])
    call, client = log(generation=made), client_of(alice)
    urls = [reverse(f"pages:{name}", args=[space.slug]) for name in NAMES]
    urls.append(reverse("pages:request", args=[space.slug, call.pk]))

    def asked() -> list[int]:
        counts = []
        for url in urls:
            with zeal_context(), CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
        return counts

    asked()
    few = asked()
    for number in range(30):
        log(generation=made, key=list(keys)[number % 2])
    for number in range(5):
        api_keys.create(workspace=space, name=f"Key {number}", created_by=alice)
    assert asked() == few
    assert max(few) <= 14


def test_only_pages_that_are_there_have_a_tab(page, space, alice, monkeypatch) -> None:
    from generation.pages.developers import frame

    monkeypatch.setattr(frame, "TABS", (("Overview", "pages:developers"), ("Webhooks", "pages:not-there")))
    assert [(tab.label, tab.is_here) for tab in page(alice, "developers").context["tabs"]] == [("Overview", True)]
