"""A developer at the real site: keys, a picture to start from, and the clients that people have."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from PIL import Image, ImageDraw

from tests.live import ROOT, Site

CLIENTS = ROOT / "var" / "clients"
"""Kept from one run to the next, as they are taken from the registries."""
OLD_PYTHON = "1.109.1"
NODE = "6.49.0"


MAKE_KEYS = """
import json
from accounts.services import api_keys, users, workspaces
owner = users.create_user(email="{name}@example.org", password=None, display_name="Dev")
first, second = (workspaces.create_workspace(name=name, owner=owner) for name in ("First", "Second"))
made = [api_keys.create(workspace=place, name="Tests", created_by=owner) for place in (first, second, second)]
print(json.dumps([[str(row.pk), raw] for row, raw in made]))
"""


@dataclass(frozen=True)
class Keys:
    """`rich` belongs to a workspace with the welcome gift; `poor` and `hasty` to one without credit."""

    rich: str
    poor: str
    hasty: str
    hasty_id: str


@pytest.fixture(scope="session")
def keys(live: Site) -> Keys:
    said = live.manage("shell", "--no-imports", "-c", MAKE_KEYS.replace("{name}", f"dev-{secrets.token_hex(4)}"))
    (_, rich), (_, poor), (pk, hasty) = json.loads(said)
    return Keys(rich, poor, hasty, pk)


@pytest.fixture
def hasty_key(live: Site, keys: Keys) -> str:
    """One that has sent all that it may for the next hours."""
    with redis.Redis.from_url(live.env["REDIS_URL"]) as client:
        client.hset(f"rate:key:{keys.hasty_id}", mapping={"left": -100_000, "at": time.time() * 1000})
    return keys.hasty


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a picture and a mask, as the examples expect them."""
    folder = tmp_path_factory.mktemp("desk")
    apple = Image.new("RGB", (256, 256), (120, 170, 230))
    ImageDraw.Draw(apple).ellipse((64, 64, 192, 192), fill=(200, 30, 40))
    apple.save(folder / "apple.png")
    mask = Image.new("RGBA", (256, 256), (0, 0, 0, 255))
    ImageDraw.Draw(mask).rectangle((128, 0, 255, 127), fill=(0, 0, 0, 0))
    mask.save(folder / "mask.png")
    return folder


def _taken(folder: Path, *command: str) -> Path:
    """The folder, filled by the command if it is not there yet. Skips where no registry can be reached."""
    if folder.exists():
        return folder
    # Another process may be at it too: whoever is finished first has made it.
    own = folder.with_name(f"{folder.name}.{os.getpid()}")
    own.mkdir(parents=True)
    done = subprocess.run([*command, str(own)], check=False, capture_output=True, text=True, timeout=180)
    if done.returncode:
        shutil.rmtree(own)
        pytest.skip(f"{command[0]} could not install the client: {done.stderr[-400:]}")
    if folder.exists():
        shutil.rmtree(own)
    else:
        own.rename(folder)
    return folder


@pytest.fixture(scope="session")
def old_python() -> Path:
    """Beside the client that is installed here, whose dependencies do for both."""
    packages = [f"openai=={OLD_PYTHON}", "distro==1.9.0"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", *packages]
    return _taken(CLIENTS / f"openai-python-{OLD_PYTHON}", *pip, "--target")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts", f"openai@{NODE}", "--prefix"]
    return _taken(CLIENTS / f"openai-node-{NODE}", *npm) / "node_modules"


@pytest.fixture
def run_node(node_modules: Path, desk: Path) -> Callable[..., str]:
    """`run_node(*files, args=…, **env)`: what they print, one after the other in one process."""

    def run(*files: Path, args: tuple[str, ...] = (), **env: str) -> str:
        # Packages are looked for beside the file that names them.
        copies = [Path(shutil.copy(file, node_modules.parent / f"{os.getpid()}-{file.name}")) for file in files]
        imports = "".join(f"await import({str(copy)!r});" for copy in copies)
        try:
            return _output(["node", "--input-type=module", "-e", imports, "--", *args], desk, env)
        finally:
            for copy in copies:
                copy.unlink()

    return run


@pytest.fixture
def run_python(desk: Path) -> Callable[..., str]:
    """As `run_node`, with Python."""

    def run(*files: Path, args: tuple[str, ...] = (), **env: str) -> str:
        program = (
            f"import runpy\nfor file in {[str(file) for file in files]}: runpy.run_path(file, run_name='__main__')"
        )
        return _output([sys.executable, "-c", program, *args], desk, env)

    return run


def _output(command: list[str], folder: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        command, check=False, cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
