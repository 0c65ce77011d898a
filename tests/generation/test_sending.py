"""What customers' webhooks get: signed, tried again, told once, and nothing that is not theirs to see."""

import time
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from generation import fetch
from generation.models import Delivery, Generation, Hook
from generation.services import cancel, happenings, hook_letters, hooks, lease, outbox, sending
from tests.generation.receiver import Receiver, is_signed

EVERYTHING = ["generation.succeeded", "generation.failed", "generation.canceled", "batch.finished", "credit.low"]


@pytest.fixture
def hook_of(studio, receiver: Receiver):
    def make(by, **changes) -> tuple[Hook, str]:
        wish = {"url": receiver.url, "events": EVERYTHING} | changes
        return hooks.create(workspace=studio, actor=by, **wish)

    return make


@pytest.fixture
def hook(hook_of, alice):
    return hook_of(alice)


@pytest.fixture
def ended(ask, credit, draw):
    """A generation by API that has its pictures."""
    made = ask(source="api", n=2)
    draw(made)
    return made


def send_due() -> None:
    for pk in sending.due():
        assert sending.send(pk)


def hurry() -> None:
    """What is to be tried later is tried now."""
    Delivery.objects.filter(status="waiting").update(next_try_at=timezone.now() - timedelta(seconds=1))


def test_it_tells_of_a_picture_by_a_signed_request(hook, receiver: Receiver, ended) -> None:
    send_due()
    ((headers, body),) = receiver.got
    assert is_signed(hook[1], headers, body)
    assert not is_signed(hook[1], headers, body + b" ")
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    assert headers["content-type"] == "application/json"
    (told,) = receiver.bodies
    data = told["data"]
    assert (told["type"], data["id"], data["state"]) == ("generation.succeeded", str(ended.pk), "succeeded")
    assert [picture["index"] for picture in data["pictures"]] == [0, 1]
    assert "signature=" in data["pictures"][0]["url"]
    assert "red apple" not in body.decode()
    sent = Delivery.objects.get()
    assert (sent.status, sent.response_status, sent.response_excerpt, sent.attempts) == ("delivered", 200, "thanks", 1)
    assert sent.event_id == headers["webhook-id"]
    assert sending.due() == []


def test_it_tells_prompts_where_it_is_wished(hook_of, alice, receiver: Receiver, ended, ask, draw) -> None:
    hook_of(alice, with_prompt=True)
    draw(ask(source="api"))
    send_due()
    assert receiver.bodies[0]["data"]["prompt"] == "a red apple"


def test_it_tells_nobody_else_of_private_pictures(hook_of, alice, bob, receiver: Receiver, ask, credit, draw) -> None:
    from accounts.models import Membership

    Membership.objects.filter(user=bob).update(role="admin")
    hook_of(bob, with_prompt=True)
    draw(ask(source="api", share=False))
    send_due()
    (told,) = receiver.bodies
    assert told["data"]["pictures"] == []
    assert "prompt" not in told["data"]


def test_it_tells_of_failures_and_cancellations_by_api_alone(hook, receiver: Receiver, ask, credit, claim) -> None:
    failing, canceled, page = ask(source="api"), ask(source="api"), ask()
    lease.finish(generation=claim(failing), status=Generation.Status.FAILED, code="too_large", message="Too large.")
    cancel.cancel(generation=canceled)
    cancel.cancel(generation=page)
    send_due()
    told = {body["type"]: body["data"] for body in receiver.bodies}
    assert told["generation.failed"]["error"] == {"code": "too_large", "message": "Too large."}
    assert told["generation.canceled"]["id"] == str(canceled.pk)
    assert len(told) == len(receiver.got) == 2


def test_it_is_written_in_the_transaction_that_ends_the_generation(hook, ask, credit, claim, monkeypatch) -> None:
    held = claim(ask(source="api"))

    def crash(**_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "put", crash)
        with pytest.raises(RuntimeError):
            lease.finish(generation=held, status=Generation.Status.SUCCEEDED)
    held.refresh_from_db()
    assert (held.status, Delivery.objects.count()) == ("running", 0)


def test_it_is_tried_again_later_and_later_then_given_up(hook, receiver: Receiver, ended) -> None:
    receiver.status, receiver.said = 500, b"no\x00" + b"x" * 5000
    waits = []
    for _ in range(8):
        hurry()
        send_due()
        row = Delivery.objects.get()
        assert row.next_try_at
        waits.append(round((row.next_try_at - timezone.now()).total_seconds()))
    assert [abs(wait - back) <= 2 for wait, back in zip(waits, [5, 300, 1800, 7200, 18000, 36000, 50400])] == [True] * 7  # noqa: B905
    assert (row.status, row.attempts, row.response_status, len(row.response_excerpt)) == ("failed", 8, 500, 500)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    hurry()
    assert sending.due() == []


def test_it_gets_through_in_the_end(hook, receiver: Receiver, ended) -> None:
    receiver.status = 503
    send_due()
    assert Hook.objects.get().failures == 1
    receiver.status = 204
    hurry()
    send_due()
    assert (Delivery.objects.get().status, Hook.objects.get().failures) == ("delivered", 0)
    assert Hook.objects.get().failing_since is None


def test_it_follows_no_redirect(hook, receiver: Receiver, ended) -> None:
    receiver.status, receiver.headers = 302, {"Location": receiver.url}
    send_due()
    assert len(receiver.got) == 1
    assert Delivery.objects.get().status == "waiting"


def test_it_goes_to_no_private_network(hook, receiver: Receiver, ended, settings) -> None:
    settings.AURORA_FETCH_PRIVATE = False
    send_due()
    assert receiver.got == []
    assert "private network" in Delivery.objects.get().response_excerpt


def test_it_waits_no_longer_than_its_time(hook, receiver: Receiver, ended, monkeypatch) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.3)
    receiver.delay = 2
    send_due()
    row = Delivery.objects.get()
    assert (row.response_status, row.status) == (None, "waiting")
    assert row.milliseconds
    assert row.milliseconds < 1500


def test_it_is_sent_by_one_of_two_workers(hook, receiver: Receiver, ended) -> None:
    (pk,) = sending.due()
    assert sending.send(pk)
    assert not sending.send(pk)
    assert len(receiver.got) == 1


def test_it_is_fenced_off_when_somebody_else_has_tried_since(hook, receiver: Receiver, ended) -> None:
    """A worker claims and is lost; the next one delivers; what the first one says then changes nothing."""
    (pk,) = sending.due()
    late = sending._claim(pk)
    assert late
    assert not sending.send(pk), "claimed: not due for a minute"
    hurry()
    assert sending.send(pk)
    sending._note(late, sending._Said(500, "late", 1))
    row = Delivery.objects.get()
    assert (row.status, row.attempts, row.response_status) == ("delivered", 2, 200)
    assert Hook.objects.get().failures == 0


def test_it_signs_with_both_secrets_while_one_takes_the_place_of_another(hook, alice, receiver: Receiver) -> None:
    made, old = hook
    _, new = hooks.rotate(hook=made, actor=alice, overlap_hours=1)
    happenings.test(hook=made, actor=alice)
    send_due()
    assert [is_signed(secret, *receiver.got[-1]) for secret in (old, new)] == [True, True]
    Hook.objects.update(previous_until=timezone.now())
    happenings.test(hook=made, actor=alice)
    send_due()
    assert [is_signed(secret, *receiver.got[-1]) for secret in (old, new)] == [False, True]


def test_it_keeps_no_secret_in_the_clear(hook) -> None:
    made, secret = hook
    assert secret.startswith("whsec_")
    assert secret not in str(Hook.objects.values().get(pk=made.pk))


def test_it_says_that_a_secret_cannot_be_read_any_more(hook, settings, ended, receiver: Receiver) -> None:
    settings.SECRET_KEY = "another one altogether"
    send_due()
    assert receiver.got == []
    assert "Rotate it" in Delivery.objects.get().response_excerpt


def test_it_replays_the_same_event(hook, alice, receiver: Receiver, ended) -> None:
    send_due()
    happenings.replay(delivery=Delivery.objects.get(), actor=alice)
    send_due()
    first, second = (headers["webhook-id"] for headers, _ in receiver.got)
    assert first == second
    assert list(Delivery.objects.order_by("created_at").values_list("status", "is_replay")) == [
        ("delivered", False),
        ("delivered", True),
    ]


def test_it_turns_off_what_only_failed_for_three_days_and_tells_the_owners(hook, receiver: Receiver, ended) -> None:
    receiver.status = 500
    send_due()
    Hook.objects.update(failing_since=timezone.now() - timedelta(days=2, hours=23))
    hurry()
    send_due()
    assert Hook.objects.get().is_on
    Hook.objects.update(failing_since=timezone.now() - timedelta(days=3))
    hurry()
    send_due()
    assert not Hook.objects.get().is_on
    for _ in range(2):
        hook_letters.tell_owners(hook[0].pk)
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert receiver.url in letter.body
    hurry()
    assert sending.due() == []


def test_it_sends_what_waited_when_it_is_turned_on_again(hook, alice, receiver: Receiver, ended) -> None:
    hooks.switch(hook=hook[0], actor=alice, is_on=False)
    send_due()
    assert receiver.got == []
    hooks.switch(hook=hook[0], actor=alice, is_on=True)
    send_due()
    assert len(receiver.got) == 1


def test_it_tells_once_a_day_that_credit_is_low(hook, api_key, studio, receiver: Receiver, ask) -> None:
    from django.core.cache import cache

    from accounts.models import ApiKey
    from billing import ledger

    ApiKey.objects.update(last_used_at=timezone.now())
    there = ledger.balance(workspace=studio)
    ledger.take(workspace=studio, key="most of it", amount_micros=there - 200_000, reason="test")
    for _ in range(2):
        ask(source="api")
        cache.clear()
    ask(source="page", use_credit=True)
    send_due()
    assert [(body["type"], body["data"]["balance_micros"]) for body in receiver.bodies] == [
        ("credit.low", 130_000),
        ("credit.low", 60_000),
    ]
    assert [body["data"]["is_used_up"] for body in receiver.bodies] == [False, True]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://127.0.0.1/", "ftp://example.org/", "https://a:b@c.org/"])
def test_it_is_not_made_for_addresses_inside(studio, alice, url: str) -> None:
    with pytest.raises(hooks.Refused) as refused:
        hooks.create(workspace=studio, actor=alice, url=url, events=EVERYTHING)
    assert refused.value.field == "url"


def test_it_forgets_old_deliveries(hook, ended) -> None:
    send_due()
    assert sending.forget_old() == 0
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert sending.forget_old() == 1
