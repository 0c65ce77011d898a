"""The clients that people have, unmodified, against the real site with the real model."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from generation.services import workers
from tests.docs.conftest import NODE, OLD_PYTHON, Keys
from tests.live import Site

SCRIPTS = Path(__file__).parent / "clients"
STEPS = ("models", "generate", "stream", "edit", "variation", "xai", "errors")


@pytest.fixture
def env(live: Site, keys: Keys, hasty_key: str) -> dict[str, str]:
    return {"BASE": f"{live.url}/v1", "KEY": keys.rich, "POOR_KEY": keys.poor, "HASTY_KEY": hasty_key}


@pytest.fixture
def nobody_draws(live: Site) -> Iterator[None]:
    """While it holds, the site knows of no worker, though there is one that says every three seconds that it is."""
    over = threading.Event()

    def forget() -> None:
        with redis.Redis.from_url(live.env["REDIS_URL"]) as client:
            while not over.wait(0.002):
                client.delete(workers.KEY)

    thread = threading.Thread(target=forget)
    thread.start()
    yield
    over.set()
    thread.join()
    with redis.Redis.from_url(live.env["REDIS_URL"]) as client:
        while not client.exists(workers.KEY):
            time.sleep(0.1)


def test_the_older_python_client_works(run_python: Callable[..., str], old_python: Path, env: dict[str, str]) -> None:
    said = run_python(SCRIPTS / "client.py", args=STEPS, PYTHONPATH=str(old_python), **env)
    assert said.strip() == OLD_PYTHON


def test_the_newest_python_client_works(run_python: Callable[..., str], env: dict[str, str]) -> None:
    assert run_python(SCRIPTS / "client.py", args=STEPS, **env).startswith("3.")


def test_the_node_package_works(run_node: Callable[..., str], env: dict[str, str]) -> None:
    assert run_node(SCRIPTS / "client.mjs", args=STEPS, **env).strip() == NODE


@pytest.mark.usefixtures("nobody_draws")
def test_each_tells_its_user_of_our_own_failures(
    run_python: Callable[..., str], run_node: Callable[..., str], old_python: Path, env: dict[str, str]
) -> None:
    run_python(SCRIPTS / "client.py", args=("server_error",), **env)
    run_python(SCRIPTS / "client.py", args=("server_error",), PYTHONPATH=str(old_python), **env)
    run_node(SCRIPTS / "client.mjs", args=("server_error",), **env)
