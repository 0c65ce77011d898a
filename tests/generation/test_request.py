import time

import pytest
from django.conf import settings
from django.test import override_settings

from billing.ledger import InsufficientFunds
from generation import valkey
from generation.models import Generation, Outbox
from generation.services import outbox, request


def queued() -> int:
    """Messages in the queue that the model workers read."""
    import redis

    url = settings.CELERY_BROKER_URL.replace("redis+socket", "unix").replace("virtual_host", "db")
    with redis.Redis.from_url(url) as broker:
        return int(broker.llen("gpu"))


def test_it_stores_and_queues_at_once(ask, events) -> None:
    made = ask(n=2, seed=7)
    assert (made.status, made.n, made.seed, made.price_micros) == ("queued", 2, 7, 0)
    assert queued() == 1
    assert not Outbox.objects.exists()
    assert events(made) == ["queued"]


def test_it_stores_and_queues_nothing_when_wrong(ask) -> None:
    with pytest.raises(request.Invalid):
        ask(prompt="", n=99)
    assert not Generation.objects.exists()
    assert queued() == 0


def test_it_reserves_the_price_of_api_pictures(ask, credit, books) -> None:
    ask(source="api", n=3)
    assert books() == (1_000_000 - 210_000, 210_000)


def test_it_stores_and_queues_nothing_without_credit(ask, credit, books) -> None:
    ask(source="api", n=10)
    with pytest.raises(InsufficientFunds):
        ask(source="api", n=10)
    assert Generation.objects.count() == 1
    assert queued() == 1
    assert books() == (300_000, 700_000)


def test_it_sends_later_what_a_crash_kept_from_being_sent(ask, monkeypatch) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_send_now", lambda pk: False)
        ask()
    assert (queued(), Outbox.objects.count()) == (0, 1)
    assert outbox.flush() == 1
    assert (queued(), Outbox.objects.count()) == (1, 0)
    assert outbox.flush() == 0


def test_it_keeps_the_message_of_a_transaction_that_fails_after_sending(ask, monkeypatch) -> None:
    """Sent twice is fine, never sent is not."""
    monkeypatch.setattr(Outbox, "delete", lambda self: 1 / 0)
    ask()
    monkeypatch.undo()
    assert Outbox.objects.count() == 1
    assert outbox.flush() == 1
    assert queued() == 2


def test_it_goes_on_without_valkey(ask, tmp_path) -> None:
    """The row is the truth; the message is sent when Valkey is back."""
    with override_settings(REDIS_URL=f"unix://{tmp_path}/none.sock?db=0"):
        valkey.client.cache_clear()
        begun = time.monotonic()
        made = ask()
        assert time.monotonic() - begun < 0.5
    valkey.client.cache_clear()
    assert (made.status, Outbox.objects.count(), queued()) == ("queued", 1, 0)
    valkey.hint.quiet_until = 0.0
    assert outbox.flush() == 1
    assert queued() == 1


def test_it_takes_a_pages_request_without_valkey(studio, alice, client_of, tmp_path) -> None:
    browser, page = client_of(alice), f"/w/{studio.slug}/create"
    nowhere = f"unix://{tmp_path}/none.sock?db=0"
    caches = {"default": settings.CACHES["default"] | {"LOCATION": nowhere}}
    with override_settings(CACHES=caches, REDIS_URL=nowhere):
        valkey.client.cache_clear()
        assert browser.get(page).status_code == 200
        assert (
            browser.post(page, {"prompt": "a cat", "mode": "quality", "size": "256x256", "n": "1"}).status_code == 302
        )
    valkey.client.cache_clear()
    assert Generation.objects.get().status == "queued"
