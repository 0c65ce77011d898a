"""The fake in tests: started in a thread, turned by hand, paid at like a browser would."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import stripe
import uvicorn

KEY = "sk_test_fake"
SECRET = "whsec_fake"
DAY = 86_400


@dataclass(frozen=True)
class Letter:
    """A webhook as it comes: post `body` with the header `Stripe-Signature: signature`."""

    type: str
    body: str
    signature: str


class Fake:
    """A running fake. `with Fake.start() as fake:` then `fake.url` is the address of its API and pages."""

    def __init__(self, url: str, key: str = KEY, secret: str = SECRET) -> None:
        self.url, self.key, self.secret = url, key, secret
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)

    @classmethod
    @contextlib.contextmanager
    def start(cls, *, webhook: str = "", file: Path | None = None, port: int = 0) -> Iterator["Fake"]:
        """Serve it from a thread of this process. `webhook`: where events are sent; without, `take` them."""
        from tests.fakestripe.app import build

        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = build(url=url, key=KEY, webhook=webhook, secret=SECRET, file=file)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield cls(url)
        finally:
            server.should_exit = True
            thread.join(10)
            listening.close()

    def client(self, **options: Any) -> stripe.StripeClient:
        return stripe.StripeClient(self.key, base_addresses={"api": self.url}, **options)

    # --- control -----------------------------------------------------------------------------------------------------

    def turn(self, name: str, **sent: Any) -> Any:
        """A call of the control API, as `turn("clock", advance=60)`. Raises ValueError where it is refused."""
        answer = self.http.post(f"/_fake/{name}", json=sent)
        answer.raise_for_status()
        said = answer.json()
        if isinstance(said, dict) and "error" in said:
            raise ValueError(said["error"]["message"])
        return said

    def reset(self) -> None:
        """As new: no objects, the real clock, webhooks as usual."""
        self.turn("reset")

    @property
    def now(self) -> int:
        return int(self.turn("clock")["now"])

    def freeze(self, at: int | None = None) -> int:
        """Stop the clock, at a moment or now; it moves by `advance` alone."""
        return int(self.turn("clock", freeze=at or True)["now"])

    def advance(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> int:
        """Let time go by, with all that happens on the way; returns the new time."""
        return int(self.turn("clock", advance=int(days * DAY + hours * 3600 + seconds))["now"])

    def advance_to(self, moment: int) -> int:
        return int(self.turn("clock", to=moment)["now"])

    def webhooks(self, mode: str = "normal", **more: Any) -> None:
        """normal, hold, twice, shuffled (seed), late (seconds, or seed), dropped (share, seed), chaos (seed)."""
        self.turn("webhooks", mode=mode, **more)

    def pending(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.turn("webhooks")["pending"]
        return found

    def deliver(self) -> int:
        """Send all that waits to the webhook address, now, held back or not; returns how many were taken there."""
        return int(self.turn("deliver")["sent"])

    def take(self, *, all: bool = False) -> list[Letter]:
        """The webhooks that are due (or all that wait), signed, for a test that brings them itself."""
        found = self.turn("take", all=all, secret=self.secret)
        return [Letter(one["type"], one["body"], one["signature"]) for one in found]

    def dispute(self, payment_intent: str, **more: Any) -> dict[str, Any]:
        """The payer's bank takes the money back."""
        opened: dict[str, Any] = self.turn("dispute", payment_intent=payment_intent, **more)
        return opened

    def close_dispute(self, dispute: str, *, won: bool) -> dict[str, Any]:
        closed: dict[str, Any] = self.turn("close_dispute", dispute=dispute, won=won)
        return closed

    def refund(self, payment_intent: str, amount: int | None = None) -> dict[str, Any]:
        """As somebody does in Stripe's dashboard."""
        given: dict[str, Any] = self.turn("refund", payment_intent=payment_intent, amount=amount)
        return given

    def fail_refund(self, refund: str) -> dict[str, Any]:
        """The payer's bank did not take what was sent back."""
        failed: dict[str, Any] = self.turn("fail_refund", refund=refund)
        return failed

    def settle(self, session: str, *, paid: bool) -> dict[str, Any]:
        """With `turn("settings", slow_payments=True)` a payment takes days: now its money comes, or will not."""
        settled: dict[str, Any] = self.turn("settle", session=session, paid=paid)
        return settled

    def state(self) -> dict[str, int]:
        """How many objects of each kind there are."""
        found: dict[str, int] = self.turn("state")
        return found

    # --- the hosted pages --------------------------------------------------------------------------------------------

    def post(self, url: str, **fields: str) -> httpx.Response:
        """Send a form of a hosted page; redirects are not followed."""
        return httpx.post(url, data=fields, timeout=60)

    def pay(self, session_url: str, card: str = "4242424242424242", *, bank: str = "pass", **fields: str) -> str:
        """Pay at a session's page; returns the address that the browser is sent to.

        `bank`: what is pressed on the bank's page, where the card asks for it ("pass" or "fail").
        Raises ValueError with what the page says where it does not go on.
        """
        form = {"email": "payer@example.org", "number": card, "expiry": "12 / 34", "cvc": "123", "name": "Pat Payer",
                "country": "US"}  # fmt: skip
        answer = self.post(session_url, **form | fields)
        if "/authenticate/" in answer.headers.get("location", ""):
            answer = self.post(answer.headers["location"], answer=bank)
            if "/checkout/" in answer.headers.get("location", ""):
                answer = httpx.get(answer.headers["location"])
        if not answer.is_redirect:
            raise ValueError("; ".join(re.findall(r'class="wrong"[^>]*>([^<]+)<', answer.text)) or answer.text)
        return str(answer.headers["location"])
