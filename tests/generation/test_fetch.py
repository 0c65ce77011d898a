"""Addresses that strangers name: what is public is fetched, and nothing of this network."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from generation import fetch

PRIVATE = [
    "127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1",
    "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_it_knows_what_is_private(address: str) -> None:
    assert not fetch.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_it_knows_what_is_public(address: str) -> None:
    assert fetch.is_public(address)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/a.png", "must begin with"),
        ("file:///etc/passwd", "must begin with"),
        ("https://", "must begin with"),
        ("http://[::1", "no web address"),
        ("http://a:b@example.org/", "user name"),
        ("http://example.org:22/", "usual port"),
        ("http://127.0.0.1/a.png", "private network"),
        ("http://2130706433/", "private network"),
        ("http://0x7f.1/", "private network"),
        ("http://[::ffff:10.0.0.1]/", "private network"),
        ("https://no-such-name.invalid/a.png", "not known"),
    ],
)
def test_it_refuses(url: str, said: str) -> None:
    with pytest.raises(fetch.Unfetchable, match=said):
        fetch.fetch(url)


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/far":
            self._say(302, Location="http://10.0.0.1/secret")
        elif self.path == "/round":
            self._say(302, Location="/round")
        elif self.path == "/near":
            self._say(301, Location="/picture")
        elif self.path == "/gone":
            self._say(404)
        else:
            size = fetch.MAX_BYTES + 1 if self.path == "/large" else 10
            self._say(200, **{"Content-Length": str(size)})
            self.wfile.write(b"x" * size)

    def _say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(settings) -> Iterator[str]:
    """A server of this machine, which the settings let be reached; its name is resolved to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.AURORA_FETCH_PRIVATE, settings.AURORA_FETCH_PORTS = True, [server.server_port]
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_it_fetches(server: str) -> None:
    assert fetch.fetch(f"{server}/picture?a=b") == b"x" * 10
    assert fetch.fetch(f"{server}/near") == b"x" * 10


@pytest.mark.parametrize(
    ("path", "said"), [("gone", "status 404"), ("round", "leads on"), ("large", "larger than 20 MB")]
)
def test_it_gives_up(server: str, path: str, said: str) -> None:
    with pytest.raises(fetch.Unfetchable, match=said):
        fetch.fetch(f"{server}/{path}")


def test_it_looks_at_where_it_is_led(server: str, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step is let through here, the redirect is not."""
    real = fetch.is_public
    settings.AURORA_FETCH_PRIVATE = False
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "127.0.0.1" or real(address))
    with pytest.raises(fetch.Unfetchable, match="private network"):
        fetch.fetch(f"{server}/far")


def test_it_goes_to_the_address_that_it_looked_at(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that says something else the second time is not asked a second time."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def count(host, *args, **kwargs):
        asked.append(host)
        return real("127.0.0.1" if host == "rebinding.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", count)
    fetch.fetch(server.replace("127.0.0.1", "rebinding.example") + "/picture")
    assert asked.count("rebinding.example") == 1
