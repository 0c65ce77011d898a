"""A workspace to draw in, and a painter that is quick and does what a test tells it."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from generation import catalog
from tests.generation.receiver import Receiver, serve
from tests.live import SEES_ALL


@pytest.fixture(autouse=True)
def _trust_valkey() -> None:
    """A test that took Valkey away does not make the next one go without."""
    from generation import valkey

    valkey.hint.quiet_until = 0.0


@pytest.fixture
def studio(transactional_db: None, workspace) -> Iterator:
    """The workspace, in whose scope the test runs, with commits that are real."""
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def credit(studio) -> None:
    """$1.00 to spend."""
    from billing import ledger

    ledger.grant(workspace=studio, key="test", amount_micros=1_000_000)


@pytest.fixture
def ask(studio, alice) -> Callable:
    """`ask(n=2)` submits a request of Alice's."""
    from generation.services import request

    def submit(**changes: Any):
        values = {"source": "page", "prompt": "a red apple", "mode": "speed", "size": "256x256"} | changes
        return request.submit(workspace=studio, requested_by=alice, **values)

    return submit


def announce(model: str, *, name: str = "test", rate: float | None = None) -> None:
    """A worker is alive whose model draws all that is on offer."""
    from generation.services import workers

    sizes = {str(size) for mode in catalog.MODES.values() for size in mode.sizes}
    workers.announce(name=name, model=model, rate=rate, modes=catalog.MODES, sizes=sizes, references=["edit"])


class QuickPainter:
    """Stands in for the engine where a test needs to decide what happens between two steps.

    Draws plain squares of the seed's colour in two rows; `between` is called at each step with what was drawn so far.
    """

    name = "quick"

    def __init__(self, between: Callable[[list], None] = lambda drawn: None) -> None:
        self.between = between
        self.requests: list = []

    def draw(self, request, *, should_stop: Callable[[], bool]) -> Iterator:
        from generation.serving.model import PictureDrawn, RowDrawn

        self.requests.append(request)
        drawn: list = []
        for index, seed in enumerate(request.seeds):
            for row in (1, 2):
                self.between(drawn)
                if should_stop():
                    return
                drawn.append(RowDrawn(index, row, 2, square(seed, "WEBP", 32)))
                yield drawn[-1]
            drawn.append(PictureDrawn(index, seed, square(seed, "PNG", request.width), 0.1, 64))
            yield drawn[-1]


def square(seed: int, form: str, side: int) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", (side, side), (seed % 256, seed // 256 % 256, 99)).save(target, form)
    return target.getvalue()


@pytest.fixture
def painter() -> Callable[..., QuickPainter]:
    return QuickPainter


@pytest.fixture
def claim(studio) -> Callable:
    """`claim(generation)` as its worker holds it, before all others in line; None when it cannot be had."""
    from generation.models import Generation
    from generation.services import lease

    def take(generation, worker: str = "test"):
        with scopes_disabled():
            Generation.objects.filter(pk=generation.pk).update(turn=-1)
        held = lease.claim_next(worker=worker, model="quick", before=0)
        assert held is None or held.pk == generation.pk
        return held

    return take


@pytest.fixture
def draw(claim, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """`draw(generation)` runs the worker's job; looks for cancellation and renews the lease at every step."""
    from generation.serving import job, watch

    monkeypatch.setattr(watch, "RENEW_SECONDS", 0)

    class Attentive(watch.Watch):
        def should_stop(self) -> bool:
            self.look()
            return self.is_over

    def run(generation, engine: Any = None, worker_stops: Callable[[], bool] = lambda: False) -> None:
        if held := claim(generation):
            job.run(engine=engine or QuickPainter(), generation=held, watch=Attentive(held, worker_stops))

    return run


@pytest.fixture
def events() -> Callable:
    """`events(generation)` are the names of what its stream has told so far."""
    from generation import progress, valkey

    def names(generation) -> list[str]:
        rows: Any = valkey.client().xrange(progress.stream_key(generation.pk))
        return [fields["event"] for _, fields in rows]

    return names


@pytest.fixture
def books(studio) -> Callable[[], tuple[int, int]]:
    """`books()`: what the workspace can spend, and what is held."""
    from billing import ledger

    return lambda: (ledger.balance(workspace=studio), ledger.held(workspace=studio))


@pytest.fixture
def ask_live(live) -> Callable[..., list[tuple]]:
    """`ask_live(sql, *values)`: rows of the live site's database."""
    import psycopg

    def ask(sql: str, *values: object) -> list[tuple]:
        with psycopg.connect(live.env["DATABASE_URL"], options=SEES_ALL) as connection:
            return connection.execute(sql, values).fetchall()

    return ask


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch):
    """A bucket of a local S3, in the place of the media folder."""
    import boto3
    import httpx
    from django.test import override_settings
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host.replace('0.0.0.0', '127.0.0.1')}:{port}"
    # What an earlier test put there is kept by the process, not by the server.
    httpx.post(f"{url}/moto-api/reset")
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket="aurora")
    options = {
        "bucket_name": "aurora",
        "endpoint_url": url,
        "access_key": "key",
        "secret_key": "secret",
        "region_name": "us-east-1",
        "signature_version": "s3v4",
        "addressing_style": "path",
        "file_overwrite": True,
    }
    storages = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    with override_settings(STORAGES=storages, S3_BUCKET="aurora"):
        yield url
    server.stop()


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    """A customer's server on this machine, which the settings let be reached."""
    with serve() as (made, port):
        settings.AURORA_FETCH_PRIVATE, settings.AURORA_FETCH_PORTS = True, [port]
        yield made


@pytest.fixture(scope="module")
def _server() -> Iterator[Any]:
    """The web process, in this one."""
    import uvicorn
    from django.db import connections

    from aurora_site.asgi import application

    config = uvicorn.Config(application, port=0, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    with pytest.MonkeyPatch.context() as patch:
        # Each request has a thread of its own here: a connection it kept would be in the way of the next test.
        patch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
        yield running
    running.should_exit = True
    thread.join()


@pytest.fixture
def server(_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the web process, which has nothing left to do when the test ends: its tables are emptied then."""
    from generation.api import answers

    monkeypatch.setattr(answers, "GRACE_SECONDS", 0.2)
    yield f"http://127.0.0.1:{_server.servers[0].sockets[0].getsockname()[1]}"
    late = time.monotonic() + 10
    while (_server.server_state.tasks or answers._leaving) and time.monotonic() < late:
        for task in list(answers._leaving):
            task.get_loop().call_soon_threadsafe(task.cancel)
        time.sleep(0.01)


@pytest.fixture
def rule(studio, alice) -> Callable[..., Any]:
    """`rule("gun", action="flag")` is a rule of moderation that is on."""
    from generation.models import Rule
    from generation.services.moderation import book, rules

    def write(pattern: str = "gun", *, state: str = "on", **changes: Any) -> Any:
        fields = {
            "name": pattern[:40], "kind": "words", "pattern": pattern, "on_prompts": True, "on_pictures": False,
            "plans": [], "regions": [], "action": "block", "reason": "Weapons are not drawn here.",
        }  # fmt: skip
        made = rules.write(rule=None, by=alice, **fields | changes)
        Rule.objects.filter(pk=made.pk).update(state=state)
        book.changed()
        return made

    return write


@pytest.fixture
def on_red(rule, settings) -> Callable[..., Any]:
    """`on_red("block")`: a rule for what the classifier of the tests finds red."""
    settings.AURORA_MODERATOR = "tests.generation.labels.ColourBlind"
    return lambda action: rule("red 0.9", kind="class", on_prompts=False, on_pictures=True, action=action)
