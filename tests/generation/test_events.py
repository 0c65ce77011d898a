"""The event stream over a real server in this process."""

import json
import threading
import time
from collections.abc import Iterable, Iterator

import httpx
import pytest
import uvicorn
from django.core import signing

from generation import events as stream
from generation import hub, progress, valkey
from generation.services import cancel


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    config = uvicorn.Config(stream.app, port=0, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


@pytest.fixture
def listen(server: str):
    """`listen(generation)` gives (id, event, data) as they come; data of a comment is None."""

    def open_stream(generation, *, after: str = "", **headers: str) -> Iterator[tuple]:
        given = headers | ({"Last-Event-ID": after} if after else {})
        url = server + progress.events_url(generation)
        with httpx.stream("GET", url, headers=given, timeout=20) as answer:
            assert answer.status_code == 200
            yield from parse(answer.iter_lines())

    return open_stream


def parse(lines: Iterator[str]) -> Iterator[tuple]:
    assert next(lines) == "retry: 2000"
    block: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif "event" in block:
            yield block.get("id"), block["event"], json.loads(block["data"])
            block = {}


def names(events: Iterable[tuple]) -> list[str]:
    return [name for _, name, _ in events]


def test_it_tells_everything_and_ends(ask, draw, listen) -> None:
    made = ask()
    draw(made)
    told = list(listen(made))
    assert names(told) == ["queued", "started", "preview", "preview", "picture", "succeeded"]
    assert told[1][2] == {"attempt": 1, "model": "quick"}
    assert told[2][2]["image"].startswith("data:image/webp;base64,")
    assert (told[3][2]["row"], told[3][2]["rows"]) == (2, 2)


def test_it_resumes_after_the_last_event_that_was_heard(ask, draw, listen, server) -> None:
    made = ask()
    draw(made)
    told = list(listen(made))
    assert list(listen(made, after=told[2][0])) == told[3:]
    url = f"{server}{progress.events_url(made)}&last_event_id={told[4][0]}"
    assert names(parse(httpx.get(url).iter_lines())) == ["succeeded"]


def test_it_tells_while_it_happens(ask, listen) -> None:
    made = ask()
    told = listen(made)
    assert next(told)[1] == "queued"
    begun = time.monotonic()
    progress.publish(made, "started", {"attempt": 1, "model": "quick"})
    assert next(told)[1] == "started"
    assert time.monotonic() - begun < 0.5
    cancel.cancel(generation=made)
    assert names(told) == ["canceled"]


def test_it_wakes_many_readers_with_one_subscription(ask, listen) -> None:
    made, before = ask(), subscribers()  # a site that runs beside has its own
    readers = [listen(made) for _ in range(20)]
    assert {next(reader)[1] for reader in readers} == {"queued"}
    cancel.cancel(generation=made)
    assert [names(reader) for reader in readers] == [["canceled"]] * 20
    assert 1 <= subscribers() <= before + 1


def subscribers() -> int:
    """Connections to Valkey that are told of every stream."""
    return sum(int(one["psub"]) > 0 for one in valkey.client().client_list())


def test_it_gives_a_snapshot_when_the_stream_has_expired(ask, draw, listen) -> None:
    made = ask(seed=9)
    draw(made)
    valkey.client().delete(progress.stream_key(made.pk))
    ((place, name, data),) = listen(made)
    assert (place, name, data["status"]) == (None, "snapshot", "succeeded")
    assert [(picture["index"], picture["seed"]) for picture in data["pictures"]] == [(0, 9)]


def test_it_follows_on_after_a_snapshot(ask, listen) -> None:
    made = ask()
    valkey.client().delete(progress.stream_key(made.pk))
    told = listen(made)
    assert next(told)[2]["status"] == "queued"
    cancel.cancel(generation=made)
    assert names(told) == ["canceled"]


def test_it_finds_an_end_that_was_never_published(ask, listen, monkeypatch) -> None:
    """Valkey was away as the generation ended."""
    monkeypatch.setattr(hub, "PING_SECONDS", 0.2)
    made = ask()
    told = listen(made)
    assert next(told)[1] == "queued"
    monkeypatch.setattr(progress, "publish", lambda *_: None)
    cancel.cancel(generation=made)
    (_, name, data), *rest = told
    assert (name, data["status"], rest) == ("snapshot", "canceled", [])


def test_it_pings_in_silence(ask, server, monkeypatch) -> None:
    monkeypatch.setattr(hub, "PING_SECONDS", 0.1)
    with httpx.stream("GET", server + progress.events_url(ask())) as answer:
        lines = answer.iter_lines()
        assert any(line == ": ping" for line in lines)


def test_it_admits_tickets_only(ask, server, monkeypatch) -> None:
    made, other = ask(), ask()
    path = progress.events_url(made)
    for wrong in (
        path.partition("?")[0],
        path[:-1],
        path.replace(str(made.pk), str(other.pk), 1),
        "/events/x?ticket=y",
    ):
        assert httpx.get(server + wrong).status_code == 403
    assert httpx.post(server + path).status_code == 405
    monkeypatch.setattr(progress, "TICKET_SECONDS", -1)
    assert httpx.get(server + path).status_code == 403


def test_it_takes_no_ticket_of_another_kind(ask, server) -> None:
    made = ask()
    ticket = signing.TimestampSigner(salt="other").sign(f"{made.pk}.{made.workspace_id}")
    assert httpx.get(f"{server}/events/{made.pk}", params={"ticket": ticket}).status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 403), ("null", 403), ("http://127.0.0.1:8000", 200), ("", 200)]
)
def test_it_is_for_this_sites_own_pages(ask, draw, server, origin: str, status: int) -> None:
    made = ask()
    draw(made)
    answer = httpx.get(server + progress.events_url(made), headers={"Origin": origin})
    assert answer.status_code == status


def test_it_refuses_more_streams_than_it_can_hold(ask, server, monkeypatch) -> None:
    monkeypatch.setattr(stream, "MAX_STREAMS", 0)
    answer = httpx.get(server + progress.events_url(ask()))
    assert answer.status_code == 503
    assert 2 <= int(answer.headers["Retry-After"]) <= 8


def test_it_forgets_readers_that_went(ask, listen) -> None:
    told = listen(ask())
    next(told)
    assert len(stream._open) == 1
    told.close()
    until = time.monotonic() + 5
    while stream._open:
        assert time.monotonic() < until
        time.sleep(0.01)
