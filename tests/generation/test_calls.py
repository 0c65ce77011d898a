"""The log of API requests: every answer is in it, none waits for it, and it forgets."""

import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import ApiKey
from generation import tasks
from generation.models import ApiCall, Generation
from tests.generation.conftest import announce

PATH = "/v1/images/generations"
BODY = {"prompt": "a red apple", "size": "256x256"}


@pytest.fixture
def api(studio, api_key) -> Client:
    return Client(headers={"Authorization": f"Bearer {api_key}"})


@pytest.fixture
def post(studio, api_key, server: str) -> Callable[..., httpx.Response]:
    announce("quick")

    def ask(headers: dict[str, str] | None = None, **body: object) -> httpx.Response:
        sent = {"Authorization": f"Bearer {api_key}"} | (headers or {})
        return httpx.post(f"{server}{PATH}", json=BODY | body, headers=sent, timeout=30)

    return ask


def written(number: int = 1) -> list[ApiCall]:
    """The log once it has so many lines: they are written after the answer."""
    late = time.monotonic() + 10
    while time.monotonic() < late:
        with scopes_disabled():
            found = list(ApiCall.objects.order_by("created_at"))
        if len(found) >= number:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{len(found)} of {number} lines")


def test_it_writes_plain_answers(api: Client) -> None:
    fine, missing = api.get("/v1/models"), api.get("/v1/models/other")
    wrong = api.delete("/v1/models")
    first, second, third = written(3)
    assert (first.method, first.path, first.status, first.outcome) == ("GET", "/v1/models", 200, "ok")
    assert first.request_id == fine["x-request-id"]
    assert first.api_key == ApiKey.objects.get()
    assert (second.status, second.outcome, second.error_code) == (404, "client", "not_found")
    assert second.error == missing.json()["error"]
    assert (third.status, third.error_code) == (wrong.status_code, "method_not_allowed")


def test_it_writes_refusals_of_scope_rate_and_worker(api: Client, settings) -> None:
    api.post(PATH, BODY, content_type="application/json", headers={"Idempotency-Key": "mine"})
    ApiKey.objects.update(scopes=["models:read"])
    api.get("/v1/credits")
    settings.AURORA_REQUESTS_A_MINUTE = {"free": 1}
    api.get("/v1/models")
    api.get("/v1/models")
    assert [(call.status, call.error_code, call.outcome) for call in written(4)] == [
        (503, "no_worker", "server"),
        (403, "permission_denied", "client"),
        (200, "", "ok"),
        (429, "rate_limit_exceeded", "client"),
    ]
    assert written()[0].idempotency_key == "mine"


def test_it_writes_nothing_of_strangers(api: Client) -> None:
    assert Client().get("/v1/models").status_code == 401
    assert Client(headers={"Authorization": "Bearer aur_live_guess"}).get("/v1/models").status_code == 401
    assert api.get("/v1/nothing").status_code == 404
    with scopes_disabled():
        assert not ApiCall.objects.exists()


def test_a_log_that_fails_fails_no_request(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(ApiCall, "objects", type("Broken", (), {"create": staticmethod(fail)}))
    assert api.get("/v1/models").status_code == 200


def test_it_takes_whatever_clients_send(api: Client) -> None:
    answer = api.get("/v1/models/\0\u200b" + "x" * 300, headers={"Idempotency-Key": "k" * 300})
    assert answer.status_code == 404
    (call,) = written()
    assert call.path == "/v1/models/\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" + "x" * 187
    assert call.idempotency_key == "k" * 255


@pytest.mark.parametrize("stream", [False, True])
def test_it_writes_pictures_with_the_whole_time(post, draw, together_with, stream: bool) -> None:
    def slowly(made: Generation) -> None:
        time.sleep(0.3)
        draw(made)

    answer = together_with(slowly, stream=stream, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 200
    (call,) = written()
    with scopes_disabled():
        made = Generation.objects.get()
        assert (call.generation_id, call.api_key_id) == (made.pk, made.api_key_id)
    assert (call.method, call.path, call.status, call.outcome) == ("POST", PATH, 200, "ok")
    assert call.request_id == answer.headers["x-request-id"]
    assert call.idempotency_key == "k1"
    assert 300 <= call.milliseconds < 10_000
    assert call.created_at < made.created_at + timedelta(milliseconds=50)


@pytest.mark.parametrize("stream", [False, True])
def test_it_writes_what_went_wrong_while_drawing(post, claim, together_with, stream: bool) -> None:
    from generation.services import lease

    def fail(made: Generation) -> None:
        lease.finish(
            generation=claim(made),
            status=Generation.Status.FAILED,
            code="too_large",
            message="The picture is too large.",
        )

    together_with(fail, stream=stream)
    (call,) = written()
    assert (call.status, call.outcome, call.error_code) == (200 if stream else 500, "server", "too_large")
    assert call.error["message"] == "The picture is too large."


def test_it_writes_that_the_client_went_first(studio, api_key, server: str) -> None:
    announce("quick")
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.stream("POST", f"{server}{PATH}", json=BODY | {"stream": True}, headers=headers, timeout=30) as answer:
        assert answer.status_code == 200
    (call,) = written()
    assert (call.status, call.outcome, call.error) == (499, "client", {})


@pytest.fixture
def together_with(post) -> Callable[..., httpx.Response]:
    """`together_with(meanwhile)` is the answer to a request for which `meanwhile(generation)` is done."""
    import threading

    def run(meanwhile: Callable[[Generation], object], **options: object) -> httpx.Response:
        got: list[httpx.Response] = []
        thread = threading.Thread(target=lambda: got.append(post(**options)))
        thread.start()
        late = time.monotonic() + 10
        with scopes_disabled():
            while not (made := Generation.objects.first()):
                assert time.monotonic() < late
                time.sleep(0.02)
        meanwhile(made)
        thread.join()
        return got[0]

    return run


def test_it_forgets_after_thirty_days(api: Client, workspace) -> None:
    api.get("/v1/models")
    api.get("/v1/credits")
    with scope(workspace=workspace):
        old = timezone.now() - timedelta(days=30, minutes=1)
        ApiCall.objects.filter(path="/v1/models").update(created_at=old)
    tasks.forget_calls()
    assert [call.path for call in written()] == ["/v1/credits"]


def test_it_is_exported_to_and_goes_with_the_maker_of_the_key(api: Client, alice, bob) -> None:
    from accounts.services import personal

    api.get("/v1/models")
    part = next(part for part in personal.parts() if part.model is ApiCall)
    with scopes_disabled():
        for person, number in ((alice, 1), (bob, 0)):
            rows = part.rows(person, person)
            assert rows is not None
            assert rows.count() == number
        part.erase(bob, lambda: None)
        assert ApiCall.objects.count() == 1
        part.erase(alice, lambda: None)
        assert ApiCall.objects.count() == 0
