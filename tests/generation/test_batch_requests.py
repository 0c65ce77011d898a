"""What is taken for a batch, what is refused and how, and whose it is."""

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.services import api_keys, workspaces
from generation.models import Batch, BatchLine
from generation.services import batches
from tests.generation.batch_client import PATH, Api, line
from tests.generation.conftest import announce


@pytest.fixture
def api(studio, api_key) -> Api:
    return Api(api_key)


def test_it_takes_a_file(api: Api) -> None:
    text = (
        "\ufeff"
        + json.dumps(line(1))
        + "\r\n\n"
        + json.dumps(line(2) | {"method": "POST", "url": "/v1/images/generations"})
    )
    answer = api.post(PATH, {"file": SimpleUploadedFile("mine.jsonl", text.encode())})
    assert answer.status_code == 200
    assert (Batch.objects.get().name, BatchLine.objects.count()) == ("mine.jsonl", 2)


def test_it_begins_nothing_when_a_line_is_wrong_and_says_which(api: Api) -> None:
    good = [json.dumps(line(number)) for number in range(3)]
    bad = [
        line(0), line(4, n=99), [], {"body": {}}, line(5, stream=True), line(6, response_format="b64_json"),
        line(7) | {"url": "/v1/videos"}, line(8, mode="pro", size="auto"), line(9) | {"custom_id": "x" * 65},
        {"custom_id": "a", "body": []}, line(10) | {"a": 1}, line(11, user="\x00"),
    ]  # fmt: skip
    file = SimpleUploadedFile("x", "\n".join([*good, "", "{", *map(json.dumps, bad)]).encode())
    answer = api.post(PATH, {"file": file})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "invalid_batch", "file")
    assert [told["line"] for told in error["lines"]] == list(range(5, 18))
    assert [told["param"] for told in error["lines"]] == [
        None, "custom_id", "n", None, "custom_id", "body.stream", "body.response_format", "url", "body.mode",
        "custom_id", "body", "a", "user",
    ]  # fmt: skip
    assert not Batch.objects.exists()


def test_it_tells_of_twenty_wrong_lines(api: Api) -> None:
    answer = api.send(*(line(number, n=0) for number in range(30)))
    error = answer.json()["error"]
    assert len(error["lines"]) == 20
    assert error["message"].startswith("30 lines are wrong of 30")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "missing_required_parameter"),
        ({"requests": []}, 400, "invalid_batch"),
        ({"requests": "x"}, 400, "missing_required_parameter"),
        ([], 400, "missing_required_parameter"),
        ({"requests": [{"custom_id": "a", "body": {"prompt": "x"}}] * 10_001}, 400, "invalid_batch"),
    ],
)
def test_it_refuses(api: Api, body: Any, status: int, code: str, monkeypatch) -> None:
    monkeypatch.setattr("generation.api.batch_file.MOST_LINES", 100)
    answer = api.post(PATH, body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_it_refuses_what_is_too_large(api: Api, monkeypatch) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 1000)
    answer = api.post(PATH, {"file": SimpleUploadedFile("x", b"x" * 2000)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


def test_it_refuses_what_the_model_does_not_draw(api: Api) -> None:
    from generation.services import workers

    workers.announce(name="test", model="small", modes=["speed"], sizes=["256x256"])
    assert api.send(line(1)).status_code == 200
    error = api.send(line(1), line(2, size="512x512")).json()["error"]
    assert [told["line"] for told in error["lines"]] == [2]


def test_it_is_the_same_batch_when_it_is_sent_again(api: Api) -> None:
    first = api.send(line(1), **{"Idempotency-Key": "a"}).json()
    assert api.send(line(1), **{"Idempotency-Key": "a"}).json()["id"] == first["id"]
    assert api.send(line(2), **{"Idempotency-Key": "a"}).status_code == 422
    plain = api.send(line(3)).json()
    assert api.send(line(3), **{"x-stainless-retry-count": "1"}).json()["id"] == plain["id"]
    assert api.send(line(3)).json()["id"] != plain["id"]


def test_it_lists_them_newest_first(api: Api) -> None:
    sent = [api.send(line(number)).json()["id"] for number in range(3)]
    page = api.get(f"{PATH}?limit=2").json()
    assert ([one["id"] for one in page["data"]], page["has_more"]) == (sent[:0:-1], True)
    rest = api.get(f"{PATH}?limit=2&after={page['data'][-1]['id']}").json()
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == (sent[:1], False)
    for wrong in ("limit=0", "limit=x", "after=x", f"after={uuid.uuid4()}"):
        assert api.get(f"{PATH}?{wrong}").status_code == 400


def test_it_is_not_there_for_others(api: Api, studio, bob, charlie) -> None:
    made = api.send(line(1)).json()["id"]
    his = api_keys.create(workspace=workspaces.personal(charlie), name="his", created_by=charlie)[1]
    colleague = api_keys.create(workspace=studio, name="bob", created_by=bob)[1]
    for key in (his, colleague):
        other = Api(key)
        assert other.get(f"{PATH}/{made}").status_code == 404
        assert other.post(f"{PATH}/{made}/cancel").status_code == 404
        assert other.get(f"{PATH}/{made}/results").status_code == 404
        assert other.get(PATH).json()["data"] == []
    assert Client().get(f"{PATH}/{made}").status_code == 401


def test_it_needs_the_scope_of_pictures(studio, alice) -> None:
    key = api_keys.create(workspace=studio, name="x", created_by=alice, scopes=["models:read"])[1]
    assert Api(key).send(line(1)).status_code == 403
    assert Api(key).get(f"{PATH}/{uuid.uuid4()}/results").status_code == 403


def test_it_draws_no_videos_yet(api: Api) -> None:
    announce("small")
    answer = api.post("/v1/videos/generations", {"prompt": "a cat"}, content_type="application/json")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (400, "unsupported_by_model", "invalid_request_error")
    assert "small" in error["message"]
    answer = api.get("/v1/videos/123")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
