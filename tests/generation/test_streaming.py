"""API streams over a real server in this process, with a painter that does what the test tells it."""

import json
import time

import httpx
import pytest

from generation import progress, valkey
from generation.api import payloads
from generation.models import Generation
from generation.services import cancel
from tests.generation.conftest import announce


@pytest.fixture
def stream(studio, api_key, server: str):
    """`stream(meanwhile, **body)`: (event, data) of a request; `meanwhile(generation)` runs once it is queued."""
    announce("quick")

    def run(meanwhile, **body: object) -> list[tuple[str, dict]]:
        asked = {"prompt": "a red apple", "size": "256x256", "stream": True} | body
        headers = {"Authorization": f"Bearer {api_key}"}
        with httpx.stream("POST", f"{server}/v1/images/generations", json=asked, headers=headers) as answer:
            assert answer.status_code == 200
            meanwhile(Generation.objects.latest("created_at"))
            lines = [line for line in answer.iter_lines() if line]
        pairs = zip(lines[::2], lines[1::2], strict=True)
        return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]

    return run


def names(told: list[tuple[str, dict]]) -> list[str]:
    return [name.removeprefix("image_generation.") for name, _ in told]


def test_it_sends_each_picture_when_it_is_done(stream, draw) -> None:
    told = stream(draw, n=2, partial_images=1)
    assert names(told) == ["partial_image", "completed"] * 2
    assert set(told[0][1]) == {
        "type", "b64_json", "partial_image_index", "image_index", "created_at", "size", "quality", "background",
        "output_format",
    }  # fmt: skip
    assert set(told[1][1]) == set(told[0][1]) - {"partial_image_index"} | {"usage"}


def test_it_repeats_no_partial_image_after_a_second_attempt(stream, draw, painter) -> None:
    def twice(made: Generation) -> None:
        draw(made, painter(lambda drawn: len(drawn) == 2 and 1 / 0))
        draw(made)

    told = stream(twice, partial_images=2)
    assert names(told) == ["partial_image", "partial_image", "completed"]


def test_it_sends_the_one_preview_that_a_busy_machine_made(stream, draw, monkeypatch) -> None:
    told = progress.publish

    def only_the_first_row(made: Generation, event: str, data: dict | None = None) -> None:
        if event != "preview":
            told(made, event, data)
        elif data and data["row"] == 1:
            told(made, event, data | {"rows": 8})

    def hastily(made: Generation) -> None:
        with monkeypatch.context() as busy:
            busy.setattr(progress, "publish", only_the_first_row)
            draw(made)

    assert names(stream(hastily, n=2, partial_images=3)) == ["partial_image", "completed"] * 2
    assert names(stream(hastily, partial_images=0)) == ["completed"]


def test_it_sends_pictures_whose_events_were_lost(stream, draw, monkeypatch) -> None:
    def in_silence(made: Generation) -> None:
        with monkeypatch.context() as away:
            away.setattr(progress, "publish", lambda *_: None)
            draw(made)
        valkey.client().delete(progress.stream_key(made.pk))
        progress.publish(made, "succeeded")

    assert names(stream(in_silence, n=2)) == ["completed", "completed"]


def test_it_tells_of_a_failure_in_mid_stream(stream, draw, painter, books) -> None:
    def fail(made: Generation) -> None:
        for _ in range(3):
            draw(made, painter(lambda drawn: 1 / 0))

    ((name, data),) = stream(fail)
    assert (name, data["type"]) == ("error", "error")
    assert (data["error"]["type"], data["error"]["code"]) == ("server_error", "worker_lost")
    assert books() == (25_000_000, 0)


def test_it_tells_that_it_was_canceled_elsewhere(stream) -> None:
    ((_, data),) = stream(lambda made: cancel.cancel(generation=made))
    assert data["error"]["code"] == "canceled"


def test_it_tells_of_its_own_failure_and_cancels(stream, draw, monkeypatch) -> None:
    monkeypatch.setattr(payloads, "b64", lambda *_: 1 / 0)
    ((_, data),) = stream(draw, n=2)
    assert data["error"]["type"] == "server_error"


def test_it_cancels_when_the_client_goes(studio, api_key, server: str, books) -> None:
    announce("quick")
    body = {"prompt": "a red apple", "stream": True}
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.stream("POST", f"{server}/v1/images/generations", json=body, headers=headers):
        pass
    until = time.monotonic() + 5
    while Generation.objects.get().status != "canceled":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert books() == (25_000_000, 0)
