"""`kill -9` of each part of a running site in mid-picture: the picture is finished all the same, and charged once."""

import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import psycopg
import pytest

from tests.live import SEES_ALL, Site, free_port, run_up, wait_ready

N = 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with embedded servers of its own, which it watches itself."""
    var, port = tmp_path_factory.mktemp("crash"), free_port()
    env = os.environ | {
        "AURORA_VAR": str(var),
        "PORT": str(port),
        "AURORA_LEASE_SECONDS": "6",
        "STATIC_FROM_SOURCES": "0",
    }
    process = run_up(env)
    wait_ready(process, var=var)
    made = Site(url=f"http://127.0.0.1:{port}", var=var, env=env, process=process)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def client(site: Site) -> Any:
    slug = site.manage("create_workspace", "Crash", "--owner", f"dev-{secrets.token_hex(4)}@example.org")
    return openai.OpenAI(
        base_url=f"{site.url}/v1", api_key=site.manage("create_api_key", "--workspace", slug), max_retries=0
    )


@pytest.fixture(autouse=True)
def _whole_site(site: Site) -> None:
    """What the test before killed or stopped is back: without a worker the API refuses at once."""
    site.wait_until_ready()


@pytest.fixture
def rows(site: Site):
    def ask(sql: str) -> list[tuple]:
        from aurora_site.servers.layout import Layout

        with psycopg.connect(
            host=str(Layout.of(site.var).sockets), dbname="aurora", user="aurora", options=SEES_ALL
        ) as connection:
            return connection.execute(sql).fetchall()

    return ask


@pytest.fixture
def generate(client: Any):
    """Streams pictures; calls `crash` at the first partial one. Gives the indexes that were completed, in order."""

    def run(crash, n: int = N, **more: Any) -> list[int]:
        done = []
        request = {"prompt": "a red apple", "size": "512x512", "n": n, "stream": True, "partial_images": 3} | more
        for event in client.images.generate(**request, timeout=90):
            if event.type == "image_generation.completed":
                done.append(event.image_index)
            elif crash:
                crash()
                crash = None
        return sorted(done)

    return run


@pytest.mark.parametrize("part", ["worker", "beat", "valkey", "postgres"])
def test_it_finishes_the_picture_after_a_kill(site: Site, generate, rows, part: str) -> None:
    def kill() -> None:
        os.kill(site.pids()[part], signal.SIGKILL)

    assert generate(kill) == list(range(N))
    ((status, attempt, pictures),) = rows(
        "select g.status, g.attempt, count(p) from generation_generation g join generation_picture p "
        "on p.generation_id = g.id group by g.id order by g.created_at desc limit 1"
    )
    assert (status, pictures) == ("succeeded", N)
    assert attempt == 2 if part == "worker" else attempt <= 2
    assert rows("select balance from billing_account where kind = 'held'") == [(0,)]
    ((earned, delivered),) = rows(
        "select (select balance from billing_account where kind = 'revenue'), (select count(*) from generation_picture)"
    )
    assert earned == delivered * 70_000


@pytest.fixture
def charged(rows):
    """Generations, pictures, and the micro-dollars that were earned."""

    def count() -> tuple[int, int, int]:
        ((generations, pictures, earned),) = rows(
            "select (select count(*) from generation_generation), (select count(*) from generation_picture), "
            "(select balance from billing_account where kind = 'revenue')"
        )
        return generations, pictures, earned or 0

    return count


def more(before: tuple[int, ...], after: tuple[int, ...]) -> list[int]:
    return [there - was for was, there in zip(before, after, strict=True)]


def test_a_duplicate_of_a_stream_whose_worker_is_killed_pays_nothing(site: Site, generate, charged) -> None:
    before, heard = charged(), []
    named = {"extra_headers": {"Idempotency-Key": "twice"}}
    second = threading.Thread(target=lambda: heard.append(generate(None, **named)))

    def crash() -> None:
        second.start()
        os.kill(site.pids()["worker"], signal.SIGKILL)

    assert generate(crash, **named) == list(range(N))
    second.join()
    assert heard == [list(range(N))]
    assert more(before, charged()) == [1, N, N * 70_000]


def test_who_asks_again_after_the_web_process_was_killed_pays_once(site: Site, generate, charged) -> None:
    before = charged()
    named = {"extra_headers": {"Idempotency-Key": "again"}}
    with pytest.raises((openai.APIConnectionError, httpx.TransportError)):
        generate(lambda: os.kill(site.pids()["web"], signal.SIGKILL), **named)
    site.wait_until_ready()
    assert generate(None, **named) == list(range(N))
    assert more(before, charged()) == [1, N, N * 70_000]


@pytest.mark.parametrize("part", ["worker", "valkey", "postgres"])
def test_it_answers_who_waits_after_a_kill(site: Site, client: Any, part: str) -> None:
    def kill() -> None:
        time.sleep(0.5)
        os.kill(site.pids()[part], signal.SIGKILL)

    killing = threading.Thread(target=kill)
    killing.start()
    made = client.images.generate(prompt="a blue sky", size="512x512", n=N, timeout=90)
    killing.join()
    assert len(made.data) == N


def test_it_hands_back_what_a_stopping_worker_draws(site: Site, generate, rows) -> None:
    def stop() -> None:
        os.kill(site.pids()["worker"], signal.SIGTERM)

    assert generate(stop, n=6) == list(range(6))
    # A fast machine finishes within the worker's grace, and then hands nothing back.
    last = "select status, attempt - handed_back from generation_generation order by created_at desc limit 1"
    assert rows(last) == [("succeeded", 1)]
