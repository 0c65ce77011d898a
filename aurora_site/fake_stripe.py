"""The Stripe of `make run`: where no key is given, the site pays at a fake of its own (tests/fakestripe)."""

import hashlib
import hmac
import importlib.util
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aurora_site import env

PORTS_TRIED = 50
WEBHOOK = "/billing/stripe/webhook"


@dataclass(frozen=True)
class FakeStripe:
    """`host`: where it listens; `visible`: what that is called by who opens it; `secret`: the site's own."""

    host: str
    visible: str
    port: int
    site_port: int
    base_url: str
    secret: str

    @property
    def url(self) -> str:
        """Of its API, for the site's own processes."""
        return f"http://{self.visible}:{self.port}"

    @property
    def pages(self) -> str:
        """Of its pages, for browsers: on the host that they know the site by."""
        host = urlsplit(self.base_url).netloc.rpartition("@")[2]
        return env.text("STRIPE_PAGES") or f"http://{_without_port(host)}:{self.port}"

    def argv(self, state: Path) -> list[str]:
        return ["-m", "tests.fakestripe", "--host", self.host, "--port", str(self.port), "--url", self.pages,
                "--state", str(state), "--webhook", f"http://{self.visible}:{self.site_port}{WEBHOOK}"]  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """What it and the site's processes must know. Made from the site's secret, so that they last."""
        return {
            "STRIPE_SECRET_KEY": f"sk_test_{self._derived('key')}", "STRIPE_SECRET_KEY_FILE": "",
            "STRIPE_WEBHOOK_SECRET": f"whsec_{self._derived('webhook')}", "STRIPE_WEBHOOK_SECRET_FILE": "",
            "STRIPE_API_BASE": self.url, "STRIPE_PAGES": self.pages,
        }  # fmt: skip

    def _derived(self, what: str) -> str:
        return hmac.new(self.secret.encode(), f"fake stripe {what}".encode(), hashlib.sha256).hexdigest()[:40]


def _without_port(host: str) -> str:
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host


def is_here() -> bool:
    """An installation without the tests has no fake: nothing can be bought there without a key."""
    return bool(importlib.util.find_spec("tests")) and bool(importlib.util.find_spec("tests.fakestripe"))


def choose_port(host: str, site_port: int) -> int:
    """STRIPE_FAKE_PORT, or the first free one after the site's."""
    fixed = env.number("STRIPE_FAKE_PORT", 0, low=0, high=65535)
    after = (site_port % 65535 + 1 + step for step in range(PORTS_TRIED))
    return fixed or next((port for port in after if port <= 65535 and _is_free(host, port)), _any_port(host))


def _is_free(host: str, port: int) -> bool:
    try:
        _bind(host, port)
    except OSError:
        return False
    return True


def _any_port(host: str) -> int:
    return _bind(host, 0)


def _bind(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])
