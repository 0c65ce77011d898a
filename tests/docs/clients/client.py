"""OpenAI's Python client, unmodified but for address and key. Run by test_clients with each version of it."""

import base64
import io
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import openai
from openai import OpenAI

SMALL = "256x256"


def client(key: str = "KEY", retries: int = 0) -> Any:
    """Untyped: what is ours is sent beside what the client knows."""
    return OpenAI(base_url=os.environ["BASE"], api_key=os.environ.get(key, key), max_retries=retries)


def models() -> None:
    assert [model.id for model in client().models.list()] == ["aurora-1"]
    assert client().models.retrieve("aurora-1").owned_by == "aurora"


def generate() -> None:
    made = client().images.generate(prompt="a red apple", model="aurora-1", size=SMALL, n=2, extra_body={"seed": 3})
    assert made.data and [item.model_extra["seed"] for item in made.data] == [3, 4]
    assert made.usage and made.usage.output_tokens > 0
    # As clients do: with the key still attached.
    answer = httpx.get(str(made.data[0].url), headers={"Authorization": f"Bearer {os.environ['KEY']}"})
    assert answer.headers["Content-Type"] == "image/png"
    raw = client().images.with_raw_response.generate(prompt="a red apple", size=SMALL, response_format="b64_json",
                                                     output_format="webp", quality="low")  # fmt: skip
    assert raw.headers["x-request-id"] and raw.headers["x-ratelimit-limit-requests"]
    assert base64.b64decode(raw.parse().data[0].b64_json)[8:12] == b"WEBP"


def stream() -> None:
    events = list(client().images.generate(prompt="a red apple", size=SMALL, stream=True, partial_images=2))
    *partial, last = events
    assert partial and {event.type for event in partial} == {"image_generation.partial_image"}
    assert [event.partial_image_index for event in partial] == list(range(len(partial)))
    assert last.type == "image_generation.completed" and last.usage.output_tokens > 0
    assert base64.b64decode(last.b64_json)[1:4] == b"PNG"


def edit() -> None:
    files = {"image": Path("apple.png"), "mask": Path("mask.png")}
    made = client().images.edit(**files, prompt="a yellow star", size=SMALL, input_fidelity="high")
    assert made.data and made.data[0].url
    several = client().images.edit(image=[Path("apple.png")], prompt="a yellow star", size=SMALL)
    assert several.data and several.data[0].url
    events = list(client().images.edit(**files, prompt="a star", size=SMALL, stream=True, partial_images=1))
    assert events[-1].type == "image_edit.completed"
    assert {event.type for event in events[:-1]} <= {"image_edit.partial_image"}


def variation() -> None:
    image = io.BytesIO(Path("apple.png").read_bytes())
    made = client().images.create_variation(image=("apple.png", image), size=SMALL, response_format="b64_json")
    assert made.data and made.data[0].b64_json


def xai() -> None:
    """The bodies that xAI's clients send, of which OpenAI's knows nothing."""
    body = {"prompt": "a hill", "model": "aurora-1", "aspect_ratio": "1:1", "resolution": "1k", "n": 1}
    made = client().post("/images/generations", body=body, cast_to=httpx.Response).json()
    assert (made["size"], made["quality"]) == ("1024x1024", "high")
    uri = "data:image/png;base64," + base64.b64encode(Path("apple.png").read_bytes()).decode()
    body = {"prompt": "a star", "image": {"url": uri, "type": "image_url"}, "aspect_ratio": "1:1"}
    made = client().post("/images/edits", body=body, cast_to=httpx.Response).json()
    assert made["data"][0]["url"]


def refused(kind: type[openai.APIStatusError], code: str, call, *args: object, **body: object) -> None:
    try:
        call(*args, **body)
    except kind as error:
        assert error.code == code, (error.code, error.message)
        assert error.request_id and error.message
    else:
        raise AssertionError(f"{code} was not raised")


def errors() -> None:
    draw = client().images.generate
    refused(openai.BadRequestError, "invalid_value", draw, prompt="a red apple", size="7x7")
    refused(openai.BadRequestError, "missing_required_parameter", draw, prompt="")
    refused(openai.BadRequestError, "unknown_parameter", draw, prompt="x", extra_body={"sede": 1})
    refused(openai.AuthenticationError, "invalid_api_key", client("sk-wrong").images.generate, prompt="x")
    refused(openai.PermissionDeniedError, "plan_required", draw, prompt="x", extra_body={"mode": "pro"})
    refused(openai.NotFoundError, "not_found", client().models.retrieve, "dall-e-3")
    named = {"Idempotency-Key": f"once-{openai.__version__}"}
    draw(prompt="a red apple", size=SMALL, extra_headers=named)
    refused(openai.UnprocessableEntityError, "idempotency_key_reused", draw, prompt="other", extra_headers=named)
    # The header tells the client not to try again, which would take seconds.
    poor = client("POOR_KEY", retries=2).images.generate
    refused(openai.RateLimitError, "insufficient_quota", poor, prompt="a red apple")
    refused(openai.RateLimitError, "rate_limit_exceeded", client("HASTY_KEY").models.list)


def server_error() -> None:
    """While a test keeps the model's worker from being known."""
    refused(openai.InternalServerError, "no_worker", client().images.generate, prompt="a red apple")


for name in sys.argv[1:]:
    globals()[name]()
print(openai.__version__)
