"""Pictures in object storage, with nothing but the S3 settings given."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.live import ROOT

PROGRAM = """
import django; django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
name = default_storage.save("ws/a/b/c.png", ContentFile(b"picture"))
print(default_storage.url(name))
"""
KEYS = {"S3_ACCESS_KEY_ID": "key", "S3_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket="pictures")
    yield url
    server.stop()


def run(*args: str, var: Path, **settings: str) -> str:
    env = os.environ | {"AURORA_VAR": str(var)} | settings
    done = subprocess.run([sys.executable, *args], cwd=ROOT, env=env, text=True, capture_output=True, check=True)
    return done.stdout.strip()


def test_it_stores_there_and_hands_out_signed_links(endpoint: str, tmp_path: Path) -> None:
    url = run("-c", PROGRAM, var=tmp_path, S3_BUCKET="pictures", S3_ENDPOINT_URL=endpoint, **KEYS)
    assert url.startswith(f"{endpoint}/pictures/ws/a/b/c.png?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    assert httpx.get(url).content == b"picture"
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert not (tmp_path / "media").exists()


def test_the_browser_may_load_pictures_from_there(endpoint: str, tmp_path: Path) -> None:
    show = "from aurora_site import settings; print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'])"
    assert endpoint in run("-c", show, var=tmp_path, S3_BUCKET="pictures", S3_ENDPOINT_URL=endpoint, **KEYS)
