"""`manage.py up` with servers of its own: killed in parts, killed as a whole, and told to stop."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from aurora_site.servers import Layout
from tests.live import ROOT, Site, free_port, run_up, wait_ready

STOP_SECONDS = 10


def environment(var: Path, port: int, **more: str) -> dict[str, str]:
    # Importing the ASGI application in a test sets the size of the pool for this process.
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_POOL"}
    return kept | {"AURORA_VAR": str(var), "PORT": str(port)} | more


def manage(env: dict[str, str], *args: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, env=env, text=True, capture_output=True,
                          timeout=seconds, check=False)  # fmt: skip


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="aurora-up-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(var: Path) -> Iterator[Site]:
    """A site of its own for this file, as its processes are killed here."""
    port = free_port()
    env = environment(var, port)
    process = run_up(env)
    wait_ready(process, var=var)
    yield Site(url=f"http://127.0.0.1:{port}", var=var, env=env, process=process)
    process.send_signal(signal.SIGTERM)
    process.wait(STOP_SECONDS)


def until(check: Callable[[], bool], *, seconds: float = 60) -> None:
    """Ask again and again until it is true."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def is_ready(site: Site) -> bool:
    try:
        return httpx.get(f"{site.url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def ask_pages(site: Site) -> int:
    return httpx.get(f"{site.url}/accounts/login/", timeout=20).status_code


def kill(site: Site, name: str) -> None:
    """Kill one part and wait until there is another in its place."""
    old = site.pids()[name]
    os.kill(old, signal.SIGKILL)
    until(lambda: site.pids()[name] != old)


def test_commands_beside_it_find_its_servers(site: Site) -> None:
    slug = site.manage("create_workspace", "Night shift", "--owner", "nina@example.org")
    assert site.manage("create_api_key", "--workspace", slug).startswith("aur_live_")


def test_it_has_a_stripe_of_its_own_for_test_cards(site: Site) -> None:
    policy = httpx.get(f"{site.url}/").headers["content-security-policy"]
    (pages,) = [word.strip(";") for word in policy.split() if word.startswith("http://127.0.0.1:")]
    assert httpx.get(f"{pages}/pages.css").status_code == 200
    assert httpx.get(f"{pages}/v1/customers", headers={"Authorization": "Bearer sk_test_other"}).status_code == 401


@pytest.mark.parametrize("name", ["postgres", "valkey", "stripe", "web", "worker", "beat"])
def test_a_part_that_is_killed_comes_back(site: Site, name: str) -> None:
    slug = site.manage("create_workspace", f"Before {name}", "--owner", "nina@example.org")
    kill(site, name)
    until(lambda: is_ready(site))
    assert ask_pages(site) == 200
    sockets = Layout.of(site.var).sockets
    with psycopg.connect(host=str(sockets), user="aurora", dbname="aurora") as connection:
        assert connection.execute("select slug from accounts_workspace where slug = %s", [slug]).fetchone() == (slug,)


def test_the_beat_goes_on_after_valkey_was_killed(site: Site) -> None:
    kill(site, "valkey")
    log = site.var / "logs" / "beat.log"
    before = log.stat().st_size
    until(lambda: "succeeded" in log.read_text()[before:], seconds=90)


def test_it_is_not_started_twice(site: Site) -> None:
    again = manage(environment(site.var, free_port()), "up")
    assert again.returncode == 1
    assert "already runs from" in again.stderr
    assert site.pids()


def test_it_names_the_port_that_is_taken(site: Site) -> None:
    port = site.url.rpartition(":")[2]
    again = manage(environment(site.var, int(port)), "up")
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert f"Port {port} of 127.0.0.1 cannot be used" in again.stderr
    assert "PORT=" in again.stderr


def children_of(pid: int) -> set[int]:
    """All that descend from a process, by /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(") ")[2].split()[1])
        except OSError:
            continue
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        found |= new
    return found


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_ends_within_ten_seconds(tmp_path: Path, how: signal.Signals) -> None:
    var = tmp_path / "var"
    process = run_up(environment(var, free_port()))
    record = var / "processes.json"
    until(lambda: record.exists() and "web" in json.loads(record.read_text()))
    family = children_of(process.pid)
    assert len(family) >= 5
    process.send_signal(how)
    started = time.monotonic()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), seconds=STOP_SECONDS)
    process.wait(STOP_SECONDS)
    assert time.monotonic() - started < STOP_SECONDS
    assert process.returncode == (0 if how != signal.SIGKILL else -signal.SIGKILL)


def test_it_stops_while_it_is_still_starting(tmp_path: Path) -> None:
    process = run_up(environment(tmp_path / "var", free_port()))
    until((tmp_path / "var" / "up.lock").exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize("content", [None, b"not a safetensors file"])
def test_missing_or_damaged_weights_end_it_with_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    if content is not None:
        (weights / "tokenizer.safetensors").write_bytes(content)
        (weights / "transformer.safetensors").write_bytes(content)
    done = manage(environment(tmp_path / "var", free_port(), AURORA_WEIGHTS=str(weights)), "up")
    assert done.returncode == 1
    assert str(weights) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    env = environment(tmp_path / "var", free_port(), DATABASE_URL="postgresql://aurora@127.0.0.1:1/aurora")
    done = manage(env, "up")
    assert done.returncode == 1
    assert "check DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_without_servers_says_so_in_one_sentence(tmp_path: Path) -> None:
    env = environment(tmp_path / "var", free_port())
    done = manage(env, "create_workspace", "Night shift", "--owner", "nina@example.org")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "make run" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bad_setting_is_named_in_one_sentence(tmp_path: Path) -> None:
    done = manage(environment(tmp_path / "var", 8000) | {"PORT": "eighty"}, "check")
    assert done.returncode == 1
    assert done.stderr == "PORT='eighty' is not a whole number from 1 to 65535.\n"


def test_another_address_is_listened_on_when_told(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        port = probe.getsockname()[1]
        done = manage(environment(tmp_path / "var", port, HOST="127.0.0.2"), "up")
    assert f"Port {port} of 127.0.0.2 cannot be used" in done.stderr
