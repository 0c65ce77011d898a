"""Requests are counted by key, workspace and address; who sends too many is told when to come back."""

import pytest
from django.test import Client

from accounts.services import api_keys
from generation import valkey

PATH = "/v1/models"


@pytest.fixture
def api(studio, api_key, settings) -> Client:
    settings.AURORA_REQUESTS_A_MINUTE = {"free": 3, "super": 5}
    return Client(headers={"Authorization": f"Bearer {api_key}"})


def test_it_tells_what_is_left(api: Client) -> None:
    first, second = api.get(PATH), api.get(PATH)
    assert (first["x-ratelimit-limit-requests"], first["x-ratelimit-remaining-requests"]) == ("3", "2")
    assert second["x-ratelimit-remaining-requests"] == "1"
    assert 20 <= float(first["x-ratelimit-reset-requests"].removesuffix("s")) <= 20.1


def test_it_refuses_one_too_many(api: Client) -> None:
    for _ in range(3):
        assert api.get(PATH).status_code == 200
    refused = api.get(PATH)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert 15 <= int(refused["Retry-After"]) <= 20
    assert refused["x-ratelimit-remaining-requests"] == "0"


def test_it_lets_more_through_with_time(api: Client) -> None:
    for _ in range(4):
        last = api.get(PATH)
    assert last.status_code == 429
    client = valkey.client()
    for key in client.keys("rate:key:*") + client.keys("rate:workspace:*"):
        client.hincrbyfloat(key, "at", -21_000)
    assert api.get(PATH).status_code == 200
    assert api.get(PATH).status_code == 429


def test_a_second_key_does_not_help(api: Client, workspace, alice) -> None:
    second = api_keys.create(workspace=workspace, name="second", created_by=alice)[1]
    for _ in range(3):
        api.get(PATH)
    assert Client(headers={"Authorization": f"Bearer {second}"}).get(PATH).status_code == 429


def test_a_better_plan_does(api: Client, grant) -> None:
    grant("super")
    assert [api.get(PATH).status_code for _ in range(6)] == [200] * 5 + [429]


def test_it_counts_those_who_guess_keys(studio, settings) -> None:
    settings.AURORA_REQUESTS_AN_ADDRESS = 2
    guess = Client(headers={"Authorization": "Bearer aur_live_guess"})
    assert [guess.get(PATH).status_code for _ in range(3)] == [401, 401, 429]


def test_it_counts_nobody_without_valkey(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise valkey.Unavailable

    monkeypatch.setattr(valkey, "client", away)
    answers = [api.get(PATH) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "x-ratelimit-limit-requests" not in answers[0]
