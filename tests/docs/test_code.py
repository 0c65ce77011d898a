"""The code in the documentation is taken from its pages and run."""

import base64
import hashlib
import hmac
import html
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.docs.conftest import Keys
from tests.live import ROOT, Site

FOLDER = ROOT / "templates" / "docs" / "code"
BLOCK = re.compile(r'<code data-file="([\w.]+)">(.*?)</code>', re.DOTALL)
SECRET = base64.b64encode(b"0123456789abcdef01234567").decode()


@pytest.fixture(scope="module")
def blocks(live: Site) -> dict[str, str]:
    """Every piece of code by the name of its file, as a reader copies it."""
    first = httpx.get(f"{live.url}/docs/").text
    pages = [first, *(httpx.get(live.url + path).text for path in sorted(set(re.findall(r"/docs/[a-z-]+", first))))]
    return {name: html.unescape(text) for page in pages for name, text in BLOCK.findall(page)}


@pytest.fixture
def written(blocks: dict[str, str], tmp_path: Path) -> Callable[[str], list[Path]]:
    """`written(".py")`: all blocks of that ending, as files."""

    def write(ending: str) -> list[Path]:
        files = [tmp_path / name for name in sorted(blocks) if name.endswith(ending)]
        for file in files:
            file.write_text(blocks[file.name])
        return files

    return write


def test_every_piece_is_on_a_page(blocks: dict[str, str]) -> None:
    assert set(blocks) == {file.name for file in FOLDER.iterdir()}


def test_the_python_code_runs(
    written: Callable[[str], list[Path]], run_python: Callable[..., str], keys: Keys, desk: Path
) -> None:
    said = run_python(*written(".py"), AURORA_API_KEY=keys.rich)
    assert "invalid_value size" in said
    seeds = [line for line in said.splitlines() if line.isdecimal()]
    assert len(seeds) == 2 and seeds[0] == seeds[1]
    assert said.count("/media/ws/") == 3
    assert {Image.open(desk / name).format for name in ("house.webp", "apple-0.png", "apple-done.png")} == {
        "WEBP",
        "PNG",
    }


def test_the_node_code_runs(
    written: Callable[[str], list[Path]], run_node: Callable[..., str], keys: Keys, desk: Path
) -> None:
    said = run_node(*written(".mjs"), AURORA_API_KEY=keys.rich)
    assert "invalid_value size" in said
    assert said.count("/media/ws/") == 3
    assert Image.open(desk / "house.webp").format == "WEBP"


def test_the_curl_code_runs(
    live: Site, blocks: dict[str, str], written: Callable[[str], list[Path]], keys: Keys, desk: Path
) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    (desk / "batch.jsonl").write_text(blocks["batch.jsonl"])
    routes = httpx.get(f"{live.url}/v1/openapi.json").json()["paths"]
    for file in written(".sh"):
        if file.name == "batch_send.sh" and "/v1/batches" not in routes:
            continue
        env = {"PATH": "/usr/bin:/bin", "AURORA_API_KEY": keys.rich}
        said = subprocess.run(
            ["bash", "-e", str(file)], check=False, cwd=desk, env=env, capture_output=True, text=True, timeout=60
        )
        assert said.returncode == 0, file.name + said.stderr
        if file.name == "stream.sh":
            assert "event: image_generation.completed" in said.stdout
        elif file.name == "batch_send.sh":
            assert json.loads(said.stdout)["object"] == "batch"
        elif file.name != "save.sh":
            assert json.loads(said.stdout)["data"][0]["url"], file.name
    assert Image.open(desk / "house.png").format == "PNG"


def signed(sent_at: float) -> tuple[dict[str, str], bytes]:
    """A webhook as the standard has it: headers and body."""
    body, stamp = b'{"type": "credit.low"}', str(int(sent_at))
    content = f"msg_1.{stamp}.".encode() + body
    signature = base64.b64encode(hmac.new(base64.b64decode(SECRET), content, hashlib.sha256).digest()).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,old v1,{signature}"}, body


def test_the_python_code_verifies_webhooks(blocks: dict[str, str]) -> None:
    space: dict = {}
    exec(blocks["verify.py"], space)
    verify, (headers, body) = space["is_from_aurora"], signed(time.time())
    assert verify(f"whsec_{SECRET}", headers, body)
    assert not verify(f"whsec_{SECRET}", headers, body + b" ")
    assert not verify("whsec_" + base64.b64encode(b"another").decode(), headers, body)
    assert not verify(f"whsec_{SECRET}", *signed(time.time() - 301))


def test_the_node_code_verifies_webhooks(blocks: dict[str, str], tmp_path: Path) -> None:
    headers, body = signed(time.time())
    old, _ = signed(time.time() - 301)
    secret, text = json.dumps(f"whsec_{SECRET}"), json.dumps(body.decode())
    calls = [f"isFromAurora({secret}, {json.dumps(sent)}, {said})" for sent, said in
             ((headers, text), (headers, f"{text} + ' '"), (old, text))]  # fmt: skip
    program = tmp_path / "hook.mjs"
    program.write_text(f"{blocks['verify.mjs']}\nconsole.log(JSON.stringify([{', '.join(calls)}]));")
    done = subprocess.run(["node", str(program)], check=False, capture_output=True, text=True, timeout=30)
    assert json.loads(done.stdout) == [True, False, False], done.stderr
