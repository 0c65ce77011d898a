import json
import re

import pytest
from django.test import Client

from accounts.models import ApiKey
from billing.models import Transaction
from generation import catalog
from generation.api import parsing
from generation.models import Generation
from generation.services import request as requests
from generation.services.order import Invalid
from tests.generation.conftest import announce

PATH = "/v1/images/generations"
BAD = [
    ({"prompt": ""}, "prompt", "missing_required_parameter"),
    ({"prompt": None}, "prompt", "missing_required_parameter"),
    ({"prompt": "x" * 1001}, "prompt", "invalid_value"),
    ({"prompt": "\x00"}, "prompt", "invalid_value"),
    ({"prompt": ["a"]}, "prompt", "invalid_value"),
    ({"mode": "4k"}, "mode", "invalid_value"),
    ({"mode": "pro"}, "size", "invalid_value"),
    ({"mode": 7}, "mode", "invalid_value"),
    ({"size": "1024x1024", "mode": "speed"}, "size", "invalid_value"),
    ({"aspect_ratio": "16:9"}, "aspect_ratio", "invalid_value"),
    ({"resolution": "1k"}, "resolution", "invalid_value"),
    ({"size": None, "aspect_ratio": "21:9"}, "aspect_ratio", "invalid_value"),
    ({"size": None, "aspect_ratio": ["1:1"]}, "aspect_ratio", "invalid_value"),
    ({"size": None, "resolution": "4k"}, "resolution", "invalid_value"),
    ({"size": None, "aspect_ratio": "1:1", "resolution": "1080p"}, "aspect_ratio", "invalid_value"),
    ({"size": None, "aspect_ratio": "16:9", "mode": "speed"}, "aspect_ratio", "invalid_value"),
    ({"size": None, "resolution": "1080p", "mode": "quality"}, "resolution", "invalid_value"),
    ({"size": "1x1"}, "size", "invalid_value"),
    ({"size": 512}, "size", "invalid_value"),
    ({"n": 0}, "n", "invalid_value"),
    ({"n": 11}, "n", "invalid_value"),
    ({"n": {}}, "n", "invalid_value"),
    ({"seed": 2**32}, "seed", "invalid_value"),
    ({"model": "aurora-9"}, "model", "invalid_value"),
    ({"model": {"a": 1}}, "model", "invalid_value"),
    ({"quality": "best"}, "quality", "invalid_value"),
    ({"background": "transparent"}, "background", "invalid_value"),
    ({"response_format": "gif"}, "response_format", "invalid_value"),
    ({"output_format": "gif"}, "output_format", "invalid_value"),
    ({"output_compression": 50}, "output_compression", "invalid_value"),
    ({"output_format": "webp", "output_compression": 101}, "output_compression", "invalid_value"),
    ({"user": "x" * 65}, "user", "invalid_value"),
    ({"stream": "yes"}, "stream", "invalid_value"),
    ({"partial_images": 4}, "partial_images", "invalid_value"),
    ({"partial_images": True}, "partial_images", "invalid_value"),
    ({"sede": 1}, "sede", "unknown_parameter"),
]


class Api(Client):
    """A client with an API key."""

    def __init__(self, key: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {key}"})

    def create(self, **body: object):
        return self.post(PATH, {"prompt": "a red apple", "size": "256x256"} | body, content_type="application/json")


def error(response) -> tuple:
    """Status and envelope, whose form is checked."""
    assert response["Content-Type"] == "application/json"
    assert response["x-request-id"]
    body = response.json()["error"]
    assert set(body) == {"message", "type", "param", "code"}
    return response.status_code, body["type"], body["param"], body["code"]


@pytest.fixture
def api(studio, api_key) -> Api:
    return Api(api_key)


@pytest.fixture
def worker(studio) -> None:
    announce("quick")


@pytest.mark.parametrize(("change", "field", "code"), BAD)
def test_it_names_the_wrong_parameter_and_stores_nothing(api, worker, change: dict, field: str, code: str) -> None:
    response = api.create(**change)
    assert error(response) == (400, "invalid_request_error", field, code)
    assert not Generation.objects.exists()
    assert not Transaction.objects.filter(kind="reserve").exists()


def test_it_tells_of_all_wrong_parameters(api, worker) -> None:
    message = api.create(prompt="", n=99, stream=1).json()["error"]["message"]
    assert message == (
        "stream must be true or false. Write what the picture should show. "
        "The number of pictures must be a whole number from 1 to 10."
    )


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "null"])
def test_it_takes_objects_only(api, worker, body: str) -> None:
    response = api.post(PATH, body, content_type="application/json")
    assert error(response) == (400, "invalid_request_error", None, "invalid_value")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer aur_live_x"}])
def test_it_asks_for_a_key(studio, header: dict) -> None:
    for method, path in [("post", PATH), ("get", "/v1/models"), ("get", "/v1/models/aurora-1")]:
        response = getattr(Client(), method)(path, headers=header)
        assert error(response) == (401, "invalid_request_error", None, "invalid_api_key")
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_it_refuses_a_revoked_key(api) -> None:
    from django.utils import timezone

    ApiKey.objects.update(revoked_at=timezone.now())
    assert api.get("/v1/models").status_code == 401


def test_it_wraps_the_errors_of_the_framework(api, worker) -> None:
    bad = "invalid_request_error"
    assert error(api.get("/v1/nothing")) == (404, bad, None, "not_found")
    assert error(api.get("/v1/")) == (404, bad, None, "not_found")
    assert error(api.get("/v1/models/aurora-9")) == (404, bad, None, "not_found")
    assert error(api.get(PATH)) == (405, bad, None, "method_not_allowed")
    assert error(api.post(PATH, "x", content_type="text/plain")) == (415, bad, None, "unsupported_media_type")
    assert error(api.post(PATH, "{", content_type="application/json")) == (400, bad, None, "invalid_json")
    assert error(api.post(PATH, b"\xff\xfe", content_type="application/json")) == (400, bad, None, "invalid_json")
    assert error(api.create(prompt="x" * 1_000_001)) == (413, bad, None, "request_too_large")


def test_it_wraps_its_own_failures(api, worker, monkeypatch) -> None:
    monkeypatch.setattr(requests, "place", lambda **_: 1 / 0)
    assert error(api.create()) == (500, "server_error", None, "server_error")


def test_it_refuses_when_nobody_would_draw(api) -> None:
    response = api.create()
    assert error(response) == (503, "server_error", None, "no_worker")
    assert not Generation.objects.exists()


def test_it_says_when_the_credit_is_used_up(api, worker) -> None:
    from billing import ledger

    ledger.reserve(workspace=ApiKey.objects.get().workspace, hold="all", amount_micros=24_950_000)
    response = api.create()
    assert error(response) == (429, "insufficient_quota", None, "insufficient_quota")
    assert response["x-should-retry"] == "false"
    assert response.json()["error"]["message"].endswith("costs $0.07, and $0.05 is left.")
    assert not Generation.objects.exists()


SHAPES = [
    ({}, "speed", "512x512"),
    ({"size": "auto"}, "speed", "512x512"),
    ({"size": "1024x1024"}, "quality", "1024x1024"),
    ({"size": "1024x1024", "quality": "auto"}, "quality", "1024x1024"),
    ({"size": "1920x1080"}, "pro", "1920x1080"),
    ({"quality": "high"}, "quality", "512x512"),
    ({"mode": "pro"}, "pro", "1920x1080"),
    ({"aspect_ratio": "auto"}, "speed", "512x512"),
    ({"aspect_ratio": "1:1"}, "speed", "512x512"),
    ({"aspect_ratio": "1:1", "mode": "quality"}, "quality", "1024x1024"),
    ({"aspect_ratio": "3:2"}, "quality", "1152x768"),
    ({"aspect_ratio": "9:20"}, "quality", "576x1280"),
    ({"resolution": "1k"}, "quality", "1024x1024"),
    ({"resolution": "1080p"}, "pro", "1920x1080"),
    ({"resolution": "1080p", "aspect_ratio": "9:16"}, "pro", "1080x1920"),
    ({"aspect_ratio": "9:16", "mode": "pro"}, "pro", "1080x1920"),
]


@pytest.mark.parametrize(("body", "mode", "size"), SHAPES)
def test_it_finds_mode_and_size_in_the_words_of_every_client(body: dict, mode: str, size: str) -> None:
    wish = parsing.read({"prompt": "a red apple"} | body).order
    assert (wish.mode.name, str(wish.size)) == (mode, size)


def test_it_names_the_sizes_of_all_modes_for_one_that_none_has() -> None:
    with pytest.raises(Invalid) as refused:
        parsing.read({"prompt": "a cat", "size": "1000x1000"})
    assert {"256x256", "1024x1024", "1920x1080"} <= set(re.findall(r"[0-9]+x[0-9]+", refused.value.errors["size"][1]))


@pytest.mark.parametrize("body", [{"mode": "pro"}, {"resolution": "1080p"}, {"size": "1080x1920"}])
def test_it_refuses_pro_without_the_plan_and_without_cost(api, worker, books, body: dict) -> None:
    response = api.create(**{"size": None} | body)
    assert error(response) == (403, "invalid_request_error", "mode", "plan_required")
    assert response.json()["error"]["message"].endswith("Compare the plans: http://127.0.0.1:8000/plans")
    assert not Generation.objects.exists()
    assert books() == (25_000_000, 0)


def test_it_says_when_to_come_back_with_a_full_queue(api, worker, books) -> None:
    for _ in range(8):
        api.create(stream=True)
    held = books()
    response = api.create()
    assert error(response) == (429, "rate_limit_exceeded", None, "rate_limit_exceeded")
    assert response["Retry-After"] == "5"
    assert books() == held
    assert Generation.objects.count() == 8


def test_it_says_when_the_site_has_too_much_to_draw(api, worker, settings) -> None:
    settings.AURORA_QUEUE_POSITIONS = 1
    api.create(stream=True)
    response = api.create()
    assert error(response) == (429, "rate_limit_exceeded", None, "queue_full")
    assert response["Retry-After"] == "30"


def test_it_lists_the_model(api) -> None:
    model = {"id": "aurora-1", "object": "model", "created": catalog.MODEL_CREATED, "owned_by": "aurora"}
    assert api.get("/v1/models").json() == {"object": "list", "data": [model]}
    response = api.get("/v1/models/aurora-1", headers={"Accept": "image/png"})
    assert response.json() == model
    assert response["openai-processing-ms"].isdecimal()


def test_it_hands_a_stream_over(api, worker) -> None:
    response = api.create(stream=True, partial_images=2, output_format="webp")
    made = Generation.objects.get()
    assert json.loads(response["x-aurora-answer"]) == {
        "generation_id": str(made.pk),
        "kind": "image_generation",
        "stream": True,
        "response_format": "url",
        "output_format": "webp",
        "partial_images": 2,
    }
    assert Generation.objects.get(pk=made.pk).status == "queued"
