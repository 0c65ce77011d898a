"""What a key may do and spend: its scopes, and its cap, which holds when many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django_scopes import scope

from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.services import api_keys
from generation.api.base import NoSuchRoute, V1View
from generation.api.openapi import OpenApi
from generation.api.urls import urlpatterns
from generation.models import Generation
from generation.services import cancel, request, spending
from tests.generation.conftest import announce

CENTS_7 = 70_000


@pytest.fixture
def studio(workspace):
    """The workspace, in whose scope the test runs; without commits, which cost time."""
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def make_key(studio, alice):
    """`make_key(scopes=[...])`: the row and the key itself."""
    return lambda **limits: api_keys.create(workspace=studio, name="Robot", created_by=alice, **limits)


@pytest.fixture
def spend(studio, alice):
    """`spend(key, n=2)` asks for pictures as the API does."""

    def ask(key: ApiKey, n: int = 1) -> Generation:
        return request.submit(
            workspace=studio, requested_by=alice, source="api", prompt="x", mode="speed", size="256x256", n=n,
            api_key=key,
        )  # fmt: skip

    return ask


def call(raw: str, path: str, **body: object):
    client = Client(headers={"Authorization": f"Bearer {raw}"})
    return client.post(path, body, content_type="application/json") if body else client.get(path)


def error(answer) -> tuple:
    body = answer.json()["error"]
    assert set(body) == {"message", "type", "param", "code"}
    return answer.status_code, body["type"], body["code"]


def test_it_answers_only_what_the_scopes_allow(make_key) -> None:
    _, raw = make_key(scopes=["models:read"])
    assert call(raw, "/v1/models").status_code == 200
    assert call(raw, "/v1/models/aurora-1").status_code == 200
    for refused in (call(raw, "/v1/usage"), call(raw, "/v1/images/generations", prompt="x")):
        assert error(refused) == (403, "invalid_request_error", "permission_denied")
    assert "`images:write`" in refused.json()["error"]["message"]
    assert "/w/atelier/keys/" in refused.json()["error"]["message"]
    assert not Generation.objects.exists()


def test_every_route_of_the_api_asks_for_a_scope_and_every_scope_opens_one() -> None:
    views: list[Any] = [getattr(route.callback, "view_class", None) for route in urlpatterns]
    assert all(issubclass(view, V1View) for view in views)
    # The description of the API is for everybody.
    assert {view.scope for view in views if view not in (NoSuchRoute, OpenApi)} == set(Scope)


def test_it_says_why_a_key_opens_nothing(make_key) -> None:
    key, raw = make_key()
    api_keys.revoke(api_key=key)
    answer = call(raw, "/v1/models")
    assert error(answer) == (401, "invalid_request_error", "invalid_api_key")
    assert answer.json()["error"]["message"] == "This API key was revoked."
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_it_spends_up_to_its_cap_and_not_a_cent_more(make_key, spend, books) -> None:
    key, _ = make_key(monthly_cap_micros=3 * CENTS_7)
    spend(key, n=2)
    with pytest.raises(spending.KeyLimitReached):
        spend(key, n=2)
    assert books()[1] == 2 * CENTS_7
    spend(key)
    assert spending.this_month([key]) == {key.pk: 3 * CENTS_7}


def test_it_tells_clients_not_to_try_again(make_key, studio) -> None:
    announce("quick")
    _, raw = make_key(monthly_cap_micros=CENTS_7)
    answer = call(raw, "/v1/images/generations", prompt="x", size="256x256", n=2)
    assert error(answer) == (429, "insufficient_quota", "key_limit_reached")
    assert answer["x-should-retry"] == "false"
    assert "may spend $0.07 a month: $0.00 is used or reserved, and this request costs $0.14" in str(answer.json())
    assert not Generation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_holds_when_many_ask_at_once(make_key, spend, studio) -> None:
    key, _ = make_key(monthly_cap_micros=3 * CENTS_7)

    def ask(_: int) -> bool:
        try:
            with scope(workspace=studio):
                return bool(spend(key))
        except spending.KeyLimitReached:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(6))) == 3
    assert spending.this_month([key]) == {key.pk: 3 * CENTS_7}


def test_it_counts_what_was_delivered_and_not_what_was_given_back(make_key, spend, draw) -> None:
    key, raw = make_key(monthly_cap_micros=10 * CENTS_7)
    draw(spend(key, n=2))
    cancel.cancel(generation=spend(key, n=4))
    spend(key)
    assert spending.this_month([key]) == {key.pk: 3 * CENTS_7}
    usage = call(raw, "/v1/usage").json()
    assert usage["spent_micros"] == 3 * CENTS_7
    assert usage["cap_micros"] == 10 * CENTS_7
    assert usage["key"] == key.prefix


def test_it_begins_anew_each_month_and_counts_each_key_for_itself(make_key, spend) -> None:
    key, other = make_key(monthly_cap_micros=CENTS_7)[0], make_key()[0]
    spend(other)
    with time_machine.travel("2030-01-31T23:59:00Z"):
        spend(key)
        assert spending.this_month([key, other]) == {key.pk: CENTS_7, other.pk: 0}
    with time_machine.travel("2030-02-01T00:00:00Z"):
        spend(key)
        assert spending.this_month([key]) == {key.pk: CENTS_7}


def test_it_takes_a_new_cap_at_once(make_key, spend) -> None:
    key, _ = make_key()
    spend(key)
    api_keys.limit(api_key=key, scopes=["images:write"], expires_at=None, monthly_cap_micros=CENTS_7)
    with pytest.raises(spending.KeyLimitReached):
        spend(key)
