"""The Stripe of `make run`: where it is, and who knows its secrets."""

import socket
from pathlib import Path

import pytest

from aurora_site.fake_stripe import FakeStripe, choose_port


def fake(**more: object) -> FakeStripe:
    given = {"host": "0.0.0.0", "visible": "127.0.0.1", "port": 8001, "site_port": 8000,
             "base_url": "http://127.0.0.1:8000", "secret": "s"}  # fmt: skip
    return FakeStripe(**given | more)  # type: ignore[arg-type]


def test_browsers_find_its_pages_on_the_host_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_PAGES", raising=False)
    assert fake().pages == fake().url == "http://127.0.0.1:8001"
    assert fake(base_url="https://aurora.example").pages == "http://aurora.example:8001"
    assert fake(base_url="http://[::1]:8000").pages == "http://[::1]:8001"
    monkeypatch.setenv("STRIPE_PAGES", "https://pay.aurora.example")
    assert fake().environment["STRIPE_PAGES"] == "https://pay.aurora.example"
    assert fake().environment["STRIPE_API_BASE"] == "http://127.0.0.1:8001"


def test_its_secrets_are_the_sites_own_and_last() -> None:
    assert fake().environment == fake().environment
    for name, begins in (("STRIPE_SECRET_KEY", "sk_test_"), ("STRIPE_WEBHOOK_SECRET", "whsec_")):
        assert fake().environment[name].startswith(begins)
        assert fake().environment[name] != fake(secret="other").environment[name]
        assert not any(fake().environment[name] in word for word in fake().argv(Path("s")))


def test_it_takes_the_next_free_port_or_the_one_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_FAKE_PORT", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert choose_port("127.0.0.1", port - 1) not in {port - 1, port}
    monkeypatch.setenv("STRIPE_FAKE_PORT", "9123")
    assert choose_port("127.0.0.1", 8000) == 9123
