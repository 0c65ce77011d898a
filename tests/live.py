"""The real site for tests that need one: `manage.py up` on a free port, with a database of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from aurora_site.servers import Postgres

ROOT = Path(__file__).resolve().parent.parent
MODEL_WORKER = ["-m", "celery", "-A", "aurora_site.celery", "worker", "--pool", "solo", "--queues", "gpu"]
"""What Python is told to be a model worker, as another machine would start one."""
DATABASE = "aurora_live"
SEES_ALL = "-c app.workspace=*"
"""What a connection beside the site says to see the rows of all workspaces."""
# Away from 0 and 1, where the tests in this process have their cache and their queue.
VALKEY_DATABASE = 2
READY = "Aurora is ready at "
READY_SECONDS = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """A running site. `env` is what its processes and commands run with."""

    url: str
    var: Path
    env: dict[str, str]
    process: subprocess.Popen[str]

    def pids(self) -> dict[str, int]:
        """The process number of each part: stripe, web, worker, beat."""
        found: dict[str, int] = json.loads((self.var / "processes.json").read_text())
        return found

    def worker_pids(self) -> list[int]:
        return [pid for name, pid in self.pids().items() if name == "worker"]

    def manage(self, *args: str) -> str:
        """Run a command beside the site; returns what it printed. Raises CalledProcessError when it fails."""
        done = subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, env=self.env, check=True,
                              stdout=subprocess.PIPE, text=True, timeout=120)  # fmt: skip
        return done.stdout.strip()

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when /readyz says so, as after a part was killed. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == HTTPStatus.OK:
                    return
            time.sleep(0.2)
        raise TimeoutError(f"The site was not ready again within {seconds} s.")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)


@contextlib.contextmanager
def held(pids: list[int]) -> Iterator[None]:
    """The processes do nothing meanwhile."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def start(*, var: Path, postgres: Postgres, valkey_socket: Path) -> Site:
    """Start the site against running servers and wait until it says that it is ready."""
    with postgres.connect() as connection:
        connection.execute(f"create database {DATABASE} owner aurora")
    port = free_port()
    env = os.environ | {
        "AURORA_VAR": str(var),
        "DATABASE_URL": f"postgresql:///{DATABASE}?host={postgres.layout.sockets}&user=aurora",
        "REDIS_URL": f"unix://{valkey_socket}?db={VALKEY_DATABASE}",
        "PORT": str(port),
        "STATIC_FROM_SOURCES": "0",
    }
    # Set in this process when a test imports the ASGI application; commands beside the site need no pool.
    env.pop("DATABASE_POOL", None)
    process = run_up(env)
    wait_ready(process, var=var)
    return Site(url=f"http://127.0.0.1:{port}", var=var, env=env, process=process)


def run_up(env: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "manage.py", "up"], cwd=ROOT, env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip


def wait_ready(process: "subprocess.Popen[str]", *, var: Path, seconds: float = READY_SECONDS) -> str:
    """The line that says where. Raises with all that was printed, and the logs, when it does not come."""
    assert process.stdout
    late = threading.Timer(seconds, process.terminate)
    late.start()
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith(READY):
                return line.strip()
    finally:
        late.cancel()
    logs = "".join(f"\n--- {log.name}\n{log.read_text()[-2000:]}" for log in sorted((var / "logs").glob("*.log")))
    raise AssertionError(f"The site did not get ready:\n{''.join(said)}{logs}")
