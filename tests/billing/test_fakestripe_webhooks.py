"""The fake's webhooks: signed anew each time, brought again, and disturbed as the test says."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import stripe

from tests.fakestripe.control import SECRET, Fake, Letter


class Inbox(BaseHTTPRequestHandler):
    """What the site would be: it takes webhooks, or answers with an error as often as it is told."""

    got: list[tuple[str, str]] = []
    refuse = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        Inbox.got.append((body, self.headers["Stripe-Signature"]))
        Inbox.refuse -= 1
        self.send_response(500 if Inbox.refuse >= 0 else 200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[str]:
    Inbox.got, Inbox.refuse = [], 0
    server = HTTPServer(("127.0.0.1", 0), Inbox)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/billing/stripe/webhook"
    server.shutdown()
    server.server_close()


def until(count: int, seconds: float = 5) -> list[str]:
    """The types of what has come, once it is so many."""
    deadline = time.monotonic() + seconds
    while len(Inbox.got) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return [json.loads(body)["type"] for body, _ in Inbox.got]


def happen(fake: Fake, times: int = 1) -> None:
    for number in range(times):
        fake.client().v1.customers.create({"name": str(number)})


def order(letters: list[Letter]) -> list[str]:
    return [json.loads(letter.body)["data"]["object"]["name"] for letter in letters]


def test_they_come_by_themselves_and_are_signed(inbox: str) -> None:
    with Fake.start(webhook=inbox) as fake:
        happen(fake)
        assert until(1) == ["customer.created"]
        body, signature = Inbox.got[0]
        event = stripe.Webhook.construct_event(body, signature, SECRET)
        assert (event.type, event.api_version, event.livemode) == ("customer.created", stripe.api_version, False)
        assert fake.pending() == []
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other")


def test_they_come_again_until_they_are_taken(inbox: str) -> None:
    with Fake.start(webhook=inbox) as fake:
        Inbox.refuse = 2
        happen(fake)
        until(1)
        fake.advance(seconds=2)
        until(2)
        waiting = fake.pending()[0]
        assert (waiting["attempts"], waiting["said"]) == (2, "HTTP Error 500: Internal Server Error")
        fake.advance(seconds=6)
        assert until(3) == ["customer.created"] * 3
        assert len({body for body, _ in Inbox.got}) == 1
        deadline = time.monotonic() + 5
        while fake.pending() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert fake.pending() == []


def test_they_are_brought_by_hand_when_held_back(inbox: str) -> None:
    with Fake.start(webhook=inbox) as fake:
        fake.webhooks("hold")
        happen(fake, 3)
        time.sleep(0.3)
        assert Inbox.got == []
        assert len(fake.pending()) == 3
        assert fake.deliver() == 3
        assert len(until(3)) == 3


def test_they_come_twice(fake: Fake) -> None:
    fake.webhooks("twice")
    happen(fake, 2)
    assert order(fake.take()) == ["0", "0", "1", "1"]


def test_they_come_out_of_order_by_the_seed(fake: Fake) -> None:
    orders = []
    for _ in range(2):
        fake.reset()
        fake.webhooks("shuffled", seed=7)
        happen(fake, 9)
        orders.append(order(fake.take()))
    assert orders[0] == orders[1] != sorted(orders[0])
    assert sorted(orders[0]) == [str(number) for number in range(9)]


def test_they_come_late_or_never(fake: Fake) -> None:
    fake.webhooks("late", seconds=3600)
    happen(fake)
    assert fake.take() == []
    fake.advance(hours=1)
    assert len(fake.take()) == 1
    fake.webhooks("dropped")
    happen(fake, 5)
    assert fake.take(all=True) == []
    assert len(fake.client().v1.events.list().data) == 6
    fake.webhooks("dropped", share=0.5, seed=3)
    happen(fake, 40)
    assert 5 < len(fake.take()) < 35


def test_chaos_is_the_same_for_the_same_seed(fake: Fake) -> None:
    runs = []
    for _ in range(2):
        fake.reset()
        fake.webhooks("chaos", seed=11)
        happen(fake, 20)
        runs.append(order(fake.take(all=True)))
    assert runs[0] == runs[1]
    counts = [runs[0].count(str(number)) for number in range(20)]
    assert set(counts) == {0, 1, 2}


def test_it_knows_all_again_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "stripe.json"
    with Fake.start(file=file) as fake:
        made = fake.client().v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"}).id
        fake.advance(hours=3)
        at = fake.now
    assert file.stat().st_mode & 0o777 == 0o600
    with Fake.start(file=file) as fake:
        assert fake.client().v1.customers.retrieve(made).name == "Ada"
        assert fake.client().v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"}).id == made
        assert fake.now >= at
        assert fake.take()[0].type == "customer.created"
