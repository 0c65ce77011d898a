"""Batches by API: checked whole, begun a few lines at a time behind all others, half the price, results in order."""

import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import ApiKey
from accounts.services import api_keys
from billing import ledger
from billing.models import Price
from generation.models import Batch, BatchLine, Delivery, Generation
from generation.services import batch_feeder, hooks, lease
from generation.services.cancel import cancel as cancel_generation
from tests.generation.batch_client import PATH, Api, line

HALF = 35_000
START = 25_000_000
"""The gift that comes with the first key."""


@pytest.fixture
def api(studio, api_key) -> Api:
    return Api(api_key)


@pytest.fixture
def draw_all(draw) -> Callable[[str], None]:
    """`draw_all(id)` feeds and draws until nothing of the batch is open."""

    def run(batch: str) -> None:
        batch_feeder.feed(uuid.UUID(batch))
        while found := list(Generation.objects.filter(batch=uuid.UUID(batch), status="queued").order_by("turn")):
            for generation in found:
                draw(generation)
            batch_feeder.feed(uuid.UUID(batch))

    return run


def spend_all_but(studio, micros: int) -> None:
    there = ledger.balance(workspace=studio)
    ledger.take(workspace=studio, key="most of it", amount_micros=there - micros, reason="test")


def test_it_draws_all_at_half_the_price_and_gives_results_in_order(api: Api, draw_all, books) -> None:
    made = api.send(*(line(number, n=1 + number % 2) for number in range(11))).json()
    assert (made["status"], made["request_counts"]["total"], made["price"]["most_micros"]) == ("running", 11, 16 * HALF)
    draw_all(made["id"])
    told = api.get(f"{PATH}/{made['id']}").json()
    assert (told["status"], told["request_counts"]["succeeded"]) == ("finished", 11)
    assert told["price"]["charged_micros"] == 16 * HALF
    assert books() == (START - 16 * HALF, 0)
    rows = api.results(made["id"])
    assert [row["custom_id"] for row in rows] == [f"line-{number}" for number in range(11)]
    assert [len(row["response"]["body"]["data"]) for row in rows] == [1 + number % 2 for number in range(11)]
    first = rows[0]
    assert (first["error"], first["response"]["status_code"]) == (None, 200)
    assert first["response"]["body"]["data"][0]["seed"] == 0
    assert "signature=" in first["response"]["body"]["data"][0]["url"]


def test_it_reserves_for_eight_lines_at_a_time(api: Api, books) -> None:
    made = api.send(*map(line, range(20))).json()
    for _ in range(3):
        batch_feeder.feed(uuid.UUID(made["id"]))
    assert Generation.objects.filter(status="queued").count() == 8
    assert books() == (START - 8 * HALF, 8 * HALF)
    assert BatchLine.objects.filter(generation=None).count() == 12


def test_it_keeps_prompts_once(api: Api) -> None:
    made = api.send(line(1)).json()
    batch_feeder.feed(uuid.UUID(made["id"]))
    assert BatchLine.objects.get().wish == {"output_format": "png"}


def test_it_waits_behind_everything_else(api: Api, ask, charlie) -> None:
    made = api.send(*map(line, range(3))).json()
    batch_feeder.feed(uuid.UUID(made["id"]))
    assert next_claim().batch_id
    later = [ask() for _ in range(3)]
    taken = [next_claim() for _ in range(4)]
    assert taken[:2] == later[:2], "two lanes of the plan"
    assert taken[2].batch_id
    assert taken[3] is None, "two lanes of batches"
    assert max(generation.turn for generation in later) < 1e6, "a batch that was served moves nobody's time"


def next_claim() -> Any:
    return lease.claim_next(worker="test", model="quick")


def test_it_takes_no_place_of_the_plan(api: Api, ask) -> None:
    made = api.send(*map(line, range(8))).json()
    batch_feeder.feed(uuid.UUID(made["id"]))
    for _ in range(8):
        ask()
    assert Generation.objects.filter(status="queued").count() == 16


def test_it_pauses_when_the_credit_is_used_up_and_goes_on(api: Api, studio, draw_all, books) -> None:
    made = api.send(*map(line, range(5))).json()
    spend_all_but(studio, 2 * HALF + 10)
    draw_all(made["id"])
    told = api.get(f"{PATH}/{made['id']}").json()
    assert (told["status"], told["error"]["code"]) == ("paused", "insufficient_quota")
    assert "$0.00001 is left" in told["error"]["message"]
    assert told["request_counts"] == {
        "total": 5, "waiting": 3, "open": 0, "succeeded": 2, "failed": 0, "canceled": 0,
    }  # fmt: skip
    assert [row["custom_id"] for row in api.results(made["id"])] == ["line-0", "line-1"]
    ledger.grant(workspace=studio, key="more", amount_micros=10 * HALF)
    Batch.objects.update(fed_at=timezone.now() - batch_feeder.PAUSED_EVERY)
    assert batch_feeder.hungry() == [uuid.UUID(made["id"])]
    draw_all(made["id"])
    told = api.get(f"{PATH}/{made['id']}").json()
    assert (told["status"], told["error"]) == ("finished", None)
    assert books() == (10 * HALF + 10 - 3 * HALF, 0)


def test_it_keeps_the_price_of_the_moment_it_was_sent(api: Api, draw_all, books) -> None:
    made = api.send(line(1)).json()
    soon = timezone.now() + timedelta(milliseconds=300)
    Price.objects.create(item="speed", micros=90_001, valid_from=soon, reason="test")
    time.sleep(0.4)
    draw_all(made["id"])
    assert books() == (START - HALF, 0)
    assert api.send(line(1)).json()["price"]["most_micros"] == 45_000


def test_it_cancels_what_is_left(api: Api, draw, books) -> None:
    made = api.send(*map(line, range(12))).json()
    batch_feeder.feed(uuid.UUID(made["id"]))
    first, second, *_ = Generation.objects.order_by("turn")
    draw(first)
    held = lease.claim_next(worker="test", model="quick")
    assert held == second
    told = api.post(f"{PATH}/{made['id']}/cancel").json()
    assert told["status"] == "canceling"
    assert told["request_counts"]["open"] == 1
    lease.give_up(generation=held)
    batch_feeder.feed(uuid.UUID(made["id"]))
    told = api.post(f"{PATH}/{made['id']}/cancel").json()
    assert (told["status"], told["request_counts"]["succeeded"], told["request_counts"]["canceled"]) == (
        "canceled",
        1,
        11,
    )
    assert books() == (START - HALF, 0)
    assert [row["error"] and row["error"]["code"] for row in api.results(made["id"])] == [None, *["canceled"] * 11]
    assert BatchLine.objects.filter(wish__has_key="prompt").count() == 0


def test_it_ends_a_cancellation_that_died_in_the_middle(api: Api, books) -> None:
    made = api.send(*map(line, range(3))).json()
    batch_feeder.feed(uuid.UUID(made["id"]))
    Batch.objects.update(state="canceling", fed_at=timezone.now() - batch_feeder.LOOK_EVERY)
    for pk in batch_feeder.hungry():
        batch_feeder.feed(pk)
    assert (Batch.objects.get().state, books()) == ("canceled", (START, 0))


@transaction.atomic
def feed_and_die(pk: uuid.UUID) -> None:
    batch_feeder.feed(pk)
    raise RuntimeError


def test_it_begins_each_line_once_when_tasks_are_doubled_or_die(api: Api, draw_all, books) -> None:
    made = api.send(*map(line, range(3))).json()
    pk = uuid.UUID(made["id"])
    with pytest.raises(RuntimeError):
        feed_and_die(pk)
    assert not Generation.objects.exists()
    batch_feeder.feed(pk)
    batch_feeder.feed(pk)
    assert Generation.objects.count() == 3
    draw_all(made["id"])
    batch_feeder.feed(pk)
    assert books() == (START - 3 * HALF, 0)


def test_it_tells_of_its_end_once_and_of_no_line(api: Api, draw_all, studio, alice, receiver) -> None:
    hooks.create(workspace=studio, actor=alice, url=receiver.url, events=["batch.finished", "generation.succeeded"])
    made = api.send(*map(line, range(2))).json()
    draw_all(made["id"])
    batch_feeder.feed(uuid.UUID(made["id"]))
    data = Delivery.objects.get().payload["data"]
    assert (data["id"], data["state"], data["request_counts"]["succeeded"]) == (made["id"], "finished", 2)


def test_it_answers_lines_that_failed_by_an_error(api: Api, claim, draw_all, books) -> None:
    made = api.send(*map(line, range(2))).json()
    batch_feeder.feed(uuid.UUID(made["id"]))
    bad = claim(Generation.objects.order_by("turn").first())
    lease.finish(generation=bad, status=Generation.Status.FAILED, code="too_large", message="Too large.")
    draw_all(made["id"])
    first, second = api.results(made["id"])
    assert (first["response"], first["error"]) == (None, {"code": "too_large", "message": "Too large."})
    assert second["response"]["status_code"] == 200
    assert books() == (START - HALF, 0)


def test_it_goes_on_without_a_picture_that_was_stopped_by_hand(api: Api, draw_all) -> None:
    made = api.send(*map(line, range(2))).json()
    batch_feeder.feed(uuid.UUID(made["id"]))
    cancel_generation(generation=Generation.objects.earliest("turn"))
    draw_all(made["id"])
    told = api.get(f"{PATH}/{made['id']}").json()
    assert (told["status"], told["request_counts"]["canceled"]) == ("finished", 1)


def test_it_pauses_when_its_key_is_revoked(api: Api) -> None:
    made = api.send(line(1)).json()
    api_keys.revoke(api_key=ApiKey.objects.get())
    batch_feeder.feed(uuid.UUID(made["id"]))
    row = Batch.objects.get()
    assert (row.state, row.trouble_code) == ("paused", "key_revoked")


def test_it_pauses_at_the_cap_of_its_key(api: Api, books) -> None:
    made = api.send(line(1), line(2)).json()
    ApiKey.objects.update(monthly_cap_micros=HALF)
    batch_feeder.feed(uuid.UUID(made["id"]))
    assert (Batch.objects.get().trouble_code, books()) == ("key_limit_reached", (START - HALF, HALF))


def test_it_is_emptied_and_ended_when_its_maker_is_erased(api: Api, alice, books) -> None:
    from accounts.services import personal

    api.send(*map(line, range(10)))
    batch_feeder.feed(Batch.objects.get().pk)
    with scopes_disabled():
        for part in reversed(personal.parts()):
            if part.model in (Batch, BatchLine):
                part.erase(alice, lambda: None)
    row = Batch.objects.get()
    assert (row.state, row.created_by, books()) == ("canceled", None, (START, 0))
    assert not BatchLine.objects.filter(wish__has_key="prompt").exists()


def test_it_is_fed_by_one_of_two_workers_at_once(api: Api, books) -> None:
    pk = uuid.UUID(api.send(*map(line, range(20))).json()["id"])
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        batch_feeder.feed(pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Generation.objects.count() == batch_feeder.OPEN_AT_ONCE
    assert books() == (START - 8 * HALF, 8 * HALF)
