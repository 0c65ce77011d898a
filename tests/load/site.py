"""A site of its own: servers from wheels, one web process, and a worker whose model answers at once."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from aurora_site.servers import Servers
from tests.live import ROOT, free_port

READY_SECONDS = 60
WORKSPACES = 16
"""Beside the one that the others are compared with."""

MAKE = (
    f"WORKSPACES = {WORKSPACES}"
    """
import json
from accounts.models import Membership
from accounts.services import api_keys, users, workspaces
from billing import ledger
from billing.models import PlanGrant
from datetime import timedelta
from django.utils import timezone
from django_scopes import scope
alice, bob, charlie = (users.create_user(email=f"{name}@example.org", password=None, display_name=name)
                       for name in ("Alice", "Bob", "Charlie"))
own, other = workspaces.create_workspace(name="Atelier", owner=alice), workspaces.personal(charlie)
many = [workspaces.create_workspace(name=f"Studio {n}", owner=alice) for n in range(WORKSPACES)]
with scope(workspace=own):
    Membership.objects.create(workspace=own, user=bob, role="member")
for place in (own, *many):
    with scope(workspace=place):
        PlanGrant.objects.create(workspace=place, plan="team", reason="load", granted_by=alice,
                                 ends_at=timezone.now() + timedelta(days=1))
        ledger.grant(workspace=place, key=f"load:{place.pk}", amount_micros=100_000_000_000)
keys = [api_keys.create(workspace=place, name=who.display_name, created_by=who)[1]
        for place, who in ((own, alice), (own, bob), (other, charlie), *((place, alice) for place in many))]
print(json.dumps({"keys": keys[:3], "many": keys[3:], "hidden": [str(own.pk), own.slug]}))
"""
)


@dataclass
class LoadSite:
    """`keys` are of the owner, a member and a stranger; `hidden` is what the stranger must not be told.

    `many` are of a workspace each, as traffic has them.
    """

    url: str
    env: dict[str, str]
    keys: list[str]
    many: list[str]
    hidden: list[str]
    web: "subprocess.Popen[bytes]"
    worker: "subprocess.Popen[bytes]"


@contextlib.contextmanager
def started() -> Iterator[LoadSite]:
    # A file for each open stream, in every process that is started from here.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="aurora-load-") as folder:
        servers = Servers(Path(folder))
        servers.start()
        try:
            with _programs(servers, Path(folder)) as site:
                yield site
        finally:
            servers.stop()


@contextlib.contextmanager
def _programs(servers: Servers, folder: Path) -> Iterator[LoadSite]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = os.environ | {
        "AURORA_VAR": str(folder),
        "BASE_URL": url,
        "STATIC_FROM_SOURCES": "1",
        "AURORA_HOSTS_MODEL": "0",
        "AURORA_REQUESTS_AN_ADDRESS": "0",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "aurora_site.settings",
        **{f"AURORA_REQUESTS_{plan}": "0" for plan in ("FREE", "SUPER", "TEAM")},
    }
    _manage(env, "migrate", "--verbosity", "0")
    made = json.loads(_manage(env, "shell", "--no-imports", "-c", MAKE))
    serve = ["-m", "uvicorn", "aurora_site.asgi:application", "--port", str(port), "--lifespan", "off",
             "--log-level", "error", "--no-access-log", "--backlog", "4096"]  # fmt: skip
    with open(folder / "load.log", "wb") as log:  # noqa: PTH123
        web = subprocess.Popen([sys.executable, *serve], cwd=ROOT, env=env, stdout=log, stderr=log)
        hosts = env | {"AURORA_HOSTS_MODEL": "1"}
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.load.worker"], cwd=ROOT, env=hosts, stdout=log, stderr=log
        )
        try:
            _wait(url, made["keys"][0], folder / "load.log")
            yield LoadSite(url, env, made["keys"], made["many"], made["hidden"], web, worker)
        finally:
            for process in (web, worker):
                process.terminate()
            for process in (web, worker):
                process.wait(15)


def _manage(env: dict[str, str], *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *args], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def _wait(url: str, key: str, log: Path) -> None:
    """Until a picture is drawn."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            headers = {"Authorization": f"Bearer {key}"}
            asked = httpx.post(f"{url}/v1/images/generations", json={"prompt": "x"}, headers=headers, timeout=30)
            if asked.status_code == httpx.codes.OK:
                return
        time.sleep(0.5)
    raise TimeoutError(log.read_text()[-4000:])
