"""Answers with pictures over a real server in this process, with a painter that does what the test tells it."""

import base64
import http.client
import io
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.test import Client
from PIL import Image

from billing.models import Transaction
from generation import storage, valkey
from generation.api import answers
from generation.models import Generation
from generation.services import cancel, waiters
from generation.services import request as requests
from tests.generation.conftest import announce

BODY = {"prompt": "a red apple", "size": "256x256"}
RETRY = {"x-stainless-retry-count": "1"}


@pytest.fixture
def come(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """One more for each request that begins to wait."""
    heard: list[UUID] = []
    begin = waiters.come

    def listen(generation_id: UUID) -> None:
        begin(generation_id)
        heard.append(generation_id)

    monkeypatch.setattr(waiters, "come", listen)
    return heard


@pytest.fixture
def post(studio, api_key, server: str) -> Callable[..., httpx.Response]:
    """`post(headers, **body)` is the answer to a request."""
    announce("quick")

    def ask(headers: dict[str, str] | None = None, *, timeout: float = 60, **body: object) -> httpx.Response:
        sent = {"Authorization": f"Bearer {api_key}"} | (headers or {})
        return httpx.post(f"{server}/v1/images/generations", json=BODY | body, headers=sent, timeout=timeout)

    return ask


@pytest.fixture
def together(post, come: list[UUID]) -> Callable[..., list[httpx.Response]]:
    """`together(meanwhile, ({}, {}))` are the answers to requests that are sent at once; `meanwhile` runs then."""

    def run(meanwhile: Callable[[], None], headers: tuple[dict[str, str], ...], **body: object) -> list[httpx.Response]:
        got: list[httpx.Response] = []
        threads = [threading.Thread(target=lambda sent=sent: got.append(post(sent, **body))) for sent in headers]
        for thread in threads:
            before = len(come)
            thread.start()
            until(lambda before=before: len(come) > before)  # type: ignore[misc]
        meanwhile()
        for thread in threads:
            thread.join()
        return got

    return run


@pytest.fixture
def leave(studio, api_key, server: str, come: list[UUID]) -> Callable[..., None]:
    """`leave(headers, **body)` asks, and goes away once its request is waited for."""
    announce("quick")

    def ask(headers: dict[str, str] | None = None, **body: object) -> None:
        sent = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"} | (headers or {})
        connection, before = http.client.HTTPConnection(server.removeprefix("http://")), len(come)
        connection.request("POST", "/v1/images/generations", json.dumps(BODY | body), sent)
        until(lambda: len(come) > before)
        connection.close()

    return ask


def waiting() -> int:
    """How many requests wait for pictures."""
    client: Any = valkey.client()
    return sum(int(client.get(key) or 0) for key in client.keys("waiters:*"))


def until(there: Callable[[], bool]) -> None:
    late = time.monotonic() + 10
    while not there():
        assert time.monotonic() < late
        time.sleep(0.01)


def is_canceled() -> bool:
    return Generation.objects.get().status == "canceled"


@pytest.fixture
def drawn(together: Callable[..., list[httpx.Response]], draw) -> Callable[..., httpx.Response]:
    """`drawn(**body)` asks, has it drawn meanwhile in up to three attempts, and gives the answer."""

    def ask(engine=None, **body: object) -> httpx.Response:
        def work() -> None:
            while made := Generation.objects.filter(status="queued").first():
                draw(made, engine)

        (answer,) = together(work, ({},), **body)
        return answer

    return ask


def error(answer: httpx.Response) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["x-request-id"]
    body = answer.json()["error"]
    return answer.status_code, body["type"], body["code"]


def test_it_draws_pro_with_the_plan(drawn, grant, books) -> None:
    grant("super")
    answer = drawn(mode="pro", size=None).json()
    assert (answer["size"], answer["quality"], len(answer["data"])) == ("1920x1080", "high", 1)
    assert books() == (25_000_000 - 140_000, 0)


def test_it_answers_with_urls_that_need_no_key(drawn) -> None:
    response = drawn(n=2, seed=8)
    body = response.json()
    assert [(item["seed"], item["size"]) for item in body["data"]] == [(8, "256x256"), (9, "256x256")]
    assert (body["size"], body["quality"], body["output_format"]) == ("256x256", "low", "png")
    assert body["usage"]["output_tokens"] == 128
    url = body["data"][0]["url"]
    assert url.startswith("http://127.0.0.1:8000/media/ws/")
    picture = Client().get(url.removeprefix("http://127.0.0.1:8000"))
    assert picture["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.getvalue())).size == (256, 256)


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_it_answers_with_pictures_in_the_asked_format(drawn, form: str) -> None:
    inline = drawn(response_format="b64_json", output_format=form).json()["data"][0]["b64_json"]
    assert Image.open(io.BytesIO(base64.b64decode(inline))).format == form.upper()
    linked = drawn(output_format=form).json()["data"][0]["url"]
    response = Client().get(linked.removeprefix("http://127.0.0.1:8000"))
    assert response["Content-Type"] == f"image/{form}"
    assert Image.open(io.BytesIO(response.getvalue())).format == form.upper()


def test_it_compresses_as_it_is_told(drawn) -> None:
    link = drawn(output_format="webp", output_compression=1).json()["data"][0]["url"]
    assert "format=webp-1&" in link
    small = Client().get(link.removeprefix("http://127.0.0.1:8000"))
    assert Image.open(io.BytesIO(small.getvalue())).format == "WEBP"


def test_less_quality_is_a_smaller_file() -> None:
    noise = Image.effect_noise((64, 64), 90)
    sizes = [len(storage.encode_image(noise, storage.Format.read(f"jpeg-{quality}"))) for quality in (100, 50, 1)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 2 * sizes[2]


def test_it_records_the_clients_user(drawn) -> None:
    drawn(user="customer-7")
    assert Generation.objects.get().end_user == "customer-7"


def test_it_draws_in_the_mode_that_quality_stands_for(drawn) -> None:
    assert drawn(quality="high").json()["quality"] == "high"
    assert Generation.objects.get().mode == "quality"


def test_it_charges_seven_cents_a_picture(drawn, books) -> None:
    drawn(n=3)
    assert books() == (25_000_000 - 210_000, 0)


def test_it_answers_with_what_was_delivered_before_a_failure(drawn, painter, books) -> None:
    engine: Any = painter(lambda step: (len(step) == 3 or len(engine.requests) > 1) and 1 / 0)
    response = drawn(engine, n=2)
    assert len(response.json()["data"]) == 1
    assert books() == (25_000_000 - 70_000, 0)


def test_it_tells_of_a_failure_and_charges_nothing(drawn, painter, books) -> None:
    response = drawn(painter(lambda step: 1 / 0))
    assert error(response) == (500, "server_error", "worker_lost")
    assert books() == (25_000_000, 0)


def test_it_gives_up_waiting_and_charges_nothing(post, books, monkeypatch) -> None:
    monkeypatch.setattr(answers, "WAIT_SECONDS", 0.05)
    assert error(post()) == (503, "server_error", "timeout")
    assert Generation.objects.get().status == "canceled"
    assert books() == (25_000_000, 0)


def test_it_says_that_it_was_canceled_elsewhere(together) -> None:
    (answer,) = together(lambda: cancel.cancel(generation=Generation.objects.get()), ({},))
    assert error(answer) == (400, "invalid_request_error", "canceled")


def test_it_stops_what_its_client_has_left(leave, books) -> None:
    leave()
    until(is_canceled)
    assert books() == (25_000_000, 0)


def test_it_stops_what_its_client_has_left_before_it_was_placed(studio, api_key, server, books, monkeypatch) -> None:
    announce("quick")
    place, begun, is_gone = requests.place, threading.Event(), threading.Event()

    def place_late(**asked: Any) -> Generation:
        begun.set()
        assert is_gone.wait(10)
        # Far more than the server needs to hear of it.
        time.sleep(0.3)
        return place(**asked)

    monkeypatch.setattr(requests, "place", place_late)
    connection = http.client.HTTPConnection(server.removeprefix("http://"))
    sent = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/images/generations", json.dumps(BODY), sent)
    assert begun.wait(10)
    connection.close()
    is_gone.set()
    until(Generation.objects.exists)
    until(is_canceled)
    assert books() == (25_000_000, 0)


def test_one_key_makes_one_generation(together, draw, books) -> None:
    """Sent twice at once, and a third time when it is done."""
    named = {"Idempotency-Key": "order 66"}
    first, second = together(lambda: draw(Generation.objects.get()), (named, named), seed=1)
    assert first.json() == second.json()
    assert books() == (25_000_000 - 70_000, 0)


def test_a_key_answers_again_and_refuses_another_request(together, post, draw, books) -> None:
    named = {"Idempotency-Key": "order 66"}
    (first,) = together(lambda: draw(Generation.objects.get()), (named,), seed=1)
    assert post(named, seed=1).json()["data"][0]["seed"] == first.json()["data"][0]["seed"]
    assert error(post(named, seed=2)) == (422, "invalid_request_error", "idempotency_key_reused")
    assert error(post({"Idempotency-Key": "x" * 256})) == (400, "invalid_request_error", "invalid_value")
    assert Generation.objects.count() == 1
    assert books() == (25_000_000 - 70_000, 0)


def test_a_key_is_its_api_keys_own(together, leave, draw, workspace, alice) -> None:
    from accounts.services import api_keys

    named = {"Idempotency-Key": "order 66"}
    together(lambda: draw(Generation.objects.get()), (named,))
    other = api_keys.create(workspace=workspace, name="other", created_by=alice)[1]
    leave(named | {"Authorization": f"Bearer {other}"})
    assert Generation.objects.count() == 2


def test_a_retry_joins_the_try_whose_answer_was_lost(leave, together, draw, books, monkeypatch) -> None:
    monkeypatch.setattr(answers, "GRACE_SECONDS", 30.0)
    leave()
    until(lambda: waiting() == 0)
    (answer,) = together(lambda: draw(Generation.objects.get()), (RETRY,))
    assert len(answer.json()["data"]) == 1
    assert Generation.objects.count() == 1
    assert books() == (25_000_000 - 70_000, 0)
    # That one was heard: the next retry is of another request.
    leave(RETRY)
    assert Generation.objects.count() == 2


def test_a_retry_joins_nothing_that_somebody_waits_for(together, draw) -> None:
    def both() -> None:
        for made in Generation.objects.all():
            draw(made)

    first, second = together(both, ({}, RETRY))
    assert first.json()["data"][0]["seed"] != second.json()["data"][0]["seed"]


def test_two_that_wait_are_stopped_by_neither_leaving_alone(leave, together, draw, books) -> None:
    named = {"Idempotency-Key": "order 66"}

    def one_goes() -> None:
        leave(named)
        until(lambda: waiting() == 1)
        time.sleep(1.0)
        draw(Generation.objects.get())

    (answer,) = together(one_goes, (named,))
    assert len(answer.json()["data"]) == 1
    assert Transaction.objects.filter(kind="reserve").count() == 1
    assert books() == (25_000_000 - 70_000, 0)
