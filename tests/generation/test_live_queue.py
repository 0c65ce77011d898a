"""The line with real workers: fair to newcomers, shared by two, drained on SIGTERM, and whole without messages."""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
import redis

from tests.live import MODEL_WORKER, ROOT, SEES_ALL, Site, held

SUBMIT = """
from unittest import mock
from django_scopes import scope
from accounts.services import users, workspaces
from generation.services import outbox, request

for name, count, n in {asked}:
    owner = users.create_user(email=name + "@example.org", password="correct horse battery", display_name=name)
    workspace = workspaces.personal(owner)
    with scope(workspace=workspace), mock.patch.object(outbox, "put", outbox.put if {told} else lambda **_: None):
        for _ in range(count):
            request.submit(
                workspace=workspace, requested_by=owner, source="page", prompt="a red apple", mode="speed",
                n=n, size="256x256",
            )
    print(workspace.pk)
"""


@pytest.fixture
def submit(live: Site) -> Callable[..., list[uuid.UUID]]:
    """`submit((2, 4), (1, 1))`: two generations of four in one new workspace, then one of one in another; their ids."""

    def run(*asked: tuple[int, int], told: bool = True) -> list[uuid.UUID]:
        code = SUBMIT.format(asked=[(uuid.uuid4().hex[:12], *one) for one in asked], told=told)
        lines = live.manage("shell", "--verbosity", "0", "-c", code).splitlines()
        return [uuid.UUID(line) for line in lines if len(line) == 36]

    return run


@pytest.fixture
def rows(live: Site) -> Iterator[Callable[..., list[tuple]]]:
    with psycopg.connect(live.env["DATABASE_URL"], autocommit=True, options=SEES_ALL) as connection:
        yield lambda sql, *values: connection.execute(sql, values).fetchall()


@pytest.fixture
def second_worker(live: Site) -> Iterator[subprocess.Popen[bytes]]:
    """Another worker process beside the site's own, as on another machine; it has its model loaded."""
    argv = [*MODEL_WORKER, "-n", "second@%h"]
    env = live.env | {"AURORA_HOSTS_MODEL": "1"}
    process = subprocess.Popen([sys.executable, *argv], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    with redis.Redis.from_url(live.env["REDIS_URL"]) as valkey:
        until(lambda: valkey.hlen("model_workers") == 2)
    yield process
    process.kill()
    process.wait()


def until(check: Callable[[], object], *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def over(rows: Callable[..., list[tuple]], workspaces: list[uuid.UUID]) -> bool:
    """Whether all of theirs has succeeded."""
    asked = "select distinct status from generation_generation where workspace_id = any(%s)"
    return rows(asked, workspaces) == [("succeeded",)]


def test_a_newcomers_picture_comes_early_in_a_flood(live: Site, submit, rows) -> None:
    with held(live.worker_pids()):  # or half of the flood may be drawn before the newcomer has asked
        flood, newcomer = submit((6, 4), (1, 1))
    until(lambda: over(rows, [flood, newcomer]))
    ((before,),) = rows(
        "select count(*) from generation_picture flood join generation_picture mine "
        "on flood.created_at < mine.created_at where flood.workspace_id = %s and mine.workspace_id = %s",
        flood, newcomer,
    )  # fmt: skip
    print(f"{before} of 24 came first")
    assert before <= 8


def test_what_no_message_told_of_is_drawn(submit, rows) -> None:
    quiet = submit((1, 1), told=False)
    until(lambda: over(rows, quiet), seconds=20)


def test_two_workers_share_the_line_and_one_that_is_told_to_stop_drains(
    live: Site, second_worker, submit, rows
) -> None:
    running = "select distinct worker from generation_generation where status = 'running'"
    with held(live.worker_pids()):  # or it may have drawn all before the second has looked
        workspaces = submit(*[(2, 4)] * 6)
        until(lambda: rows(running))
    until(lambda: len(rows(running)) == 2)
    second_worker.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    until(lambda: not any(name.endswith(f":{second_worker.pid}") for (name,) in rows(running)), seconds=7)
    print(f"drained in {time.monotonic() - begun:.1f} s")
    # Beside a training, taking the process apart takes seconds more.
    assert second_worker.wait(30) == 0
    until(lambda: over(rows, workspaces))
    attempts = "select max(attempt - handed_back) from generation_generation where workspace_id = any(%s)"
    assert rows(attempts, workspaces) == [(1,)]


def test_a_worker_that_is_killed_leaves_its_work_to_the_other(live: Site, second_worker, submit, rows) -> None:
    mine = "select 1 from generation_generation where status = 'running' and worker like %s"
    with held(live.worker_pids()):  # or it may have drawn all before the second has looked
        workspaces = submit((2, 4), (2, 4))
        until(lambda: rows(mine, f"%:{second_worker.pid}"))
        second_worker.kill()
    until(lambda: over(rows, workspaces))
