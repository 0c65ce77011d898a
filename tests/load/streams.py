"""python -m tests.load.streams URL WEB WORKER COUNT: event streams open at once in one web process, as JSON.

WEB and WORKER are process numbers. The worker stands still while the streams open, so that none ends; then it draws,
and each stream must hear of its picture.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import django

from tests.live import held

OPENING_AT_ONCE = 50
GENERATIONS = 50
"""Followed by many each; the plan lets no more wait."""
LAST_SECONDS = 60.0


@dataclass
class Streams:
    """What was seen: how long each took to open, and when each heard that its picture is there."""

    opened: list[float] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurora_site.settings")
    django.setup()
    url, web, worker, number = sys.argv[1:5]
    with held([int(worker)]):
        paths = _waiting()
        before = _memory(int(web))
        found = asyncio.run(_measure(url, int(web), int(worker), [paths[i % len(paths)] for i in range(int(number))]))
    sys.stdout.write(json.dumps({"streams": int(number), "memory_before_mb": before, **found}) + "\n")


def _waiting() -> list[str]:
    """Addresses of the streams of generations that wait to be drawn."""
    from django_scopes import scope

    from accounts.models import User, Workspace
    from generation import progress
    from generation.services import request

    alice, place = User.objects.get(email="alice@example.org"), Workspace.objects.get(name="Atelier")
    with scope(workspace=place):
        made = [
            request.submit(workspace=place, requested_by=alice, source="page", prompt="x", mode="speed", n=1)
            for _ in range(GENERATIONS)
        ]
        return [progress.events_url(generation) for generation in made]


async def _measure(url: str, web: int, worker: int, paths: list[str]) -> dict[str, float]:
    seen, gate, began = Streams(), asyncio.Semaphore(OPENING_AT_ONCE), time.monotonic()
    tasks = [asyncio.create_task(_follow(url, path, seen, gate)) for path in paths]
    while len(seen.opened) < len(paths):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(0.05)
    found = {"open_all_s": round(time.monotonic() - began, 1), "memory_open_mb": _memory(web)}
    os.kill(worker, 18)  # SIGCONT
    go = time.monotonic()
    _, late = await asyncio.wait(tasks, timeout=LAST_SECONDS)
    heard = sorted(moment - go for moment in seen.heard)
    slowest = {"heard_p50_s": _share(heard, 0.5), "heard_last_s": _share(heard, 1)}
    return (
        found | {"heard": len(heard), "not_heard": len(late), "open_p99_s": _share(sorted(seen.opened), 0.99)} | slowest
    )


async def _follow(url: str, path: str, seen: Streams, gate: asyncio.Semaphore) -> None:
    host = urlsplit(url)
    async with gate:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\n\r\n".encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(status)
        await reader.readuntil(b"retry: ")
        seen.opened.append(time.monotonic() - began)
    try:
        await reader.readuntil(b"succeeded")
        seen.heard.append(time.monotonic())
    finally:
        writer.close()


def _share(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else -1.0


def _memory(pid: int) -> float:
    """Resident, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    main()
