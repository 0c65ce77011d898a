"""A customer's server: takes what webhooks send, and answers as a test wishes."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`status` and `said` are its answer; `got` is all that came."""

    url: str = ""
    status: int = 200
    said: bytes = b"thanks"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As standardwebhooks.com says it, by nothing of ours."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    wanted = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


@contextmanager
def serve() -> Iterator[tuple[Receiver, int]]:
    """A receiver and its port."""
    made = Receiver()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            time.sleep(made.delay)
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(made.said)))
            # Whoever asked may have gone.
            with suppress(OSError):
                self.end_headers()
                self.wfile.write(made.said)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
    yield made, server.server_port
    server.shutdown()
    server.server_close()
