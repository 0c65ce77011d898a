"""The unmodified OpenAI client against the real site with the real model."""

import base64
import io
import json
import secrets
import time
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from tests.live import Site


@pytest.fixture(scope="module")
def key(live: Site) -> str:
    slug = live.manage("create_workspace", "Developers", "--owner", f"dev-{secrets.token_hex(4)}@example.org")
    return live.manage("create_api_key", "--workspace", slug)


@pytest.fixture
def client(live: Site, key: str) -> Any:
    return openai.OpenAI(base_url=f"{live.url}/v1", api_key=key, max_retries=0)


def size_and_format(b64_json: str) -> tuple:
    image = Image.open(io.BytesIO(base64.b64decode(b64_json)))
    image.load()
    return image.size, image.format


def test_it_draws_for_the_openai_client(client: Any) -> None:
    made = client.images.generate(prompt="a red apple", model="aurora-1", size="256x256", n=2, extra_body={"seed": 3})
    assert [item.seed for item in made.data] == [3, 4]
    assert made.usage.output_tokens > 0
    # As clients do: with the key still attached.
    picture = httpx.get(made.data[0].url, headers={"Authorization": f"Bearer {client.api_key}"})
    assert picture.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (256, 256)


def test_it_draws_the_same_for_the_same_seed(client: Any) -> None:
    def draw(prompt: str, seed: int) -> bytes:
        """The pixels: no two signatures of the file around them are alike."""
        body = {"prompt": prompt, "size": "256x256", "response_format": "b64_json", "extra_body": {"seed": seed}}
        file = base64.b64decode(client.images.generate(**body).data[0].b64_json)
        return Image.open(io.BytesIO(file)).convert("RGB").tobytes()

    assert draw("a red apple", 1) == draw("a red apple", 1)
    assert draw("a blue sky", 1) != draw("a red apple", 1)


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_it_streams_growing_pictures(client: Any, form: str) -> None:
    stream = client.images.generate(
        prompt="a red apple", size="256x256", n=2, stream=True, partial_images=3, output_format=form
    )
    events = list(stream)
    for index in (0, 1):
        mine = [event for event in events if event.image_index == index]
        *partial, last = mine
        # Fewer than asked for where the picture is finished sooner.
        assert 1 <= len(partial) <= 3 and {event.type for event in partial} == {"image_generation.partial_image"}
        assert [event.partial_image_index for event in partial] == list(range(len(partial)))
        assert last.type == "image_generation.completed"
        assert {size_and_format(event.b64_json) for event in mine} == {((256, 256), form.upper())}
        assert len({event.b64_json for event in mine}) == len(mine)
        assert mine[-1].usage.output_tokens > 0


def test_it_streams_only_the_end_when_no_partials_are_asked_for(client: Any) -> None:
    (only,) = client.images.generate(prompt="a red apple", size="256x256", stream=True)
    assert only.type == "image_generation.completed"


def test_it_sends_events_as_clients_expect_them(live: Site, key: str) -> None:
    body = {"prompt": "a red apple", "size": "256x256", "stream": True, "partial_images": 1}
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
    with httpx.stream("POST", f"{live.url}/v1/images/generations", json=body, headers=headers, timeout=60) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["x-request-id"]
        assert "x-aurora-stream" not in answer.headers
        lines = [line for line in answer.iter_lines() if line]
    assert [line.partition(":")[0] for line in lines] == ["event", "data"] * 2
    assert lines[0] == "event: image_generation.partial_image"


def test_it_cancels_when_the_client_goes(live: Site, key: str, ask_live) -> None:
    body = {
        "prompt": "a red apple",
        "size": "1024x1024",
        "mode": "quality",
        "n": 10,
        "stream": True,
        "partial_images": 3,
    }
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.stream("POST", f"{live.url}/v1/images/generations", json=body, headers=headers, timeout=60) as answer:
        next(answer.iter_lines())
    last = "select status from generation_generation order by created_at desc limit 1"
    until = time.monotonic() + 30
    while ask_live(last) != [("canceled",)]:
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("change", "param"),
    [({"prompt": ""}, "prompt"), ({"size": "7x7"}, "size"), ({"n": 99}, "n"), ({"model": "x"}, "model")],
)
def test_it_raises_what_the_client_knows(client: Any, change: dict, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.images.generate(**{"prompt": "a red apple"} | change)
    assert refusal.value.param == param


def test_it_refuses_a_wrong_key(live: Site) -> None:
    stranger = openai.OpenAI(base_url=f"{live.url}/v1", api_key="sk-wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        stranger.images.generate(prompt="a red apple")


def test_it_lists_models_for_the_client(client: Any) -> None:
    assert [model.id for model in client.models.list()] == ["aurora-1"]
    assert client.models.retrieve("aurora-1").owned_by == "aurora"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("dall-e-3")


def test_it_wraps_errors_that_come_before_the_views(live: Site) -> None:
    answer = httpx.get(f"{live.url}/v1/models", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_it_draws_a_batch_by_itself(live: Site, key: str) -> None:
    """Tasks and beat of the real site begin it, draw it and end it."""
    client = httpx.Client(base_url=f"{live.url}/v1", headers={"Authorization": f"Bearer {key}"})
    lines = [{"custom_id": f"{n}", "body": {"prompt": "a red apple", "size": "256x256"}} for n in range(2)]
    made = client.post("/batches", json={"requests": lines}).json()
    until = time.monotonic() + 60
    while client.get(f"/batches/{made['id']}").json()["status"] != "finished":
        assert time.monotonic() < until
        time.sleep(0.3)
    results = [json.loads(line) for line in client.get(f"/batches/{made['id']}/results").text.splitlines()]
    assert [one["custom_id"] for one in results] == ["0", "1"]
    picture = httpx.get(results[0]["response"]["body"]["data"][0]["url"])
    assert Image.open(io.BytesIO(picture.content)).size == (256, 256)
