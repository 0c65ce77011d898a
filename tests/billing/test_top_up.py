import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.services.rights import Refused
from billing import ledger
from billing.models import Purchase, TopUp
from billing.services import cards, charging, messages, top_up
from tests.fakestripe.control import Fake

DOLLAR = 1_000_000
AMOUNTS = {"threshold_micros": 10 * DOLLAR, "amount_micros": 25 * DOLLAR, "monthly_limit_micros": 60 * DOLLAR}
FAILS_LATER, ASKS_EACH_TIME = "4000000000000341", "4000002760003184"


def choose(workspace, person, **amounts: int) -> TopUp:
    return top_up.choose(workspace=workspace, actor=person, is_on=True, **AMOUNTS | amounts)


def save_card(workspace, person, stripe: Fake, card: str = "4242424242424242") -> TopUp | None:
    url = cards.ask(workspace=workspace, actor=person, turn_on=True)
    return cards.keep_of_session(stripe.pay(url, card).partition("session=")[2])


@pytest.fixture
def topped(workspace, alice, stripe: Fake) -> Any:
    """The workspace, with top-up on: below $10 it buys $25, at most $60 a month. It has nothing."""
    choose(workspace, alice)
    save_card(workspace, alice, stripe)
    return workspace


def settings_of(workspace) -> TopUp:
    with scope(workspace=workspace):
        return TopUp.objects.get()


def wallet(workspace) -> int:
    with scope(workspace=workspace):
        return ledger.purse(workspace=workspace).wallet


def spend(workspace, micros: int, hold: str = "job") -> None:
    with scope(workspace=workspace):
        ledger.reserve(workspace=workspace, hold=hold, amount_micros=micros)


def rows() -> list[Purchase]:
    with scopes_disabled():
        return list(Purchase.objects.filter(kind="top_up").order_by("created_at"))


def test_it_is_on_once_there_is_a_card(workspace, alice, stripe: Fake) -> None:
    assert not choose(workspace, alice).is_on
    row = save_card(workspace, alice, stripe)
    assert row and row.is_on
    assert str(cards.Card.of(row)) == "Visa ···· 4242"


def test_the_event_saves_the_card_too_and_brings_no_older_one_back(workspace, alice, stripe: Fake, bring) -> None:
    first = cards.ask(workspace=workspace, actor=alice, turn_on=True)
    stripe.pay(first)
    late = stripe.take(all=True)
    stripe.advance(seconds=60)
    stripe.pay(cards.ask(workspace=workspace, actor=alice, turn_on=False), "5555555555554444")
    bring()
    assert settings_of(workspace).card_last4 == "4444"
    assert late
    for session in stripe.client().v1.checkout.sessions.list().data:
        cards.keep_of_session(session.id)
    assert settings_of(workspace).card_last4 == "4444"


def test_it_buys_below_the_threshold_once(topped, stripe: Fake, bring) -> None:
    for _ in range(3):
        charging.run(topped)
    bring()
    assert wallet(topped) == 25 * DOLLAR
    assert [row.status for row in rows()] == ["paid"]
    assert len(stripe.client().v1.payment_intents.list().data) == 1


def test_it_buys_nothing_above_it_or_when_off(topped, alice, stripe: Fake) -> None:
    with scope(workspace=topped):
        ledger.grant(workspace=topped, key="gift", amount_micros=10 * DOLLAR)
    assert charging.run(topped) is None
    spend(topped, 1)
    top_up.stop(workspace=topped, actor=alice)
    assert charging.run(topped) is None
    assert rows() == []


def test_it_keeps_to_the_limit_of_the_month(topped, stripe: Fake) -> None:
    for number in range(4):
        charging.run(topped)
        if balance := wallet(topped):
            spend(topped, balance, f"job-{number}")
    assert [row.amount_micros for row in rows()] == [25 * DOLLAR, 25 * DOLLAR]
    with scopes_disabled():
        Purchase.objects.update(created_at=timezone.now() - timedelta(days=32))
    charging.run(topped)
    assert wallet(topped) == 25 * DOLLAR


@pytest.mark.parametrize("card", [FAILS_LATER, ASKS_EACH_TIME])
def test_a_decline_turns_it_off_and_owners_are_told(workspace, alice, stripe: Fake, bring, monkeypatch, card) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(messages, "send", lambda task, *args: sent.append((task, *args)))
    choose(workspace, alice)
    save_card(workspace, alice, stripe, card)
    charging.run(workspace)
    charging.run(workspace)
    bring()
    row, (failed,) = settings_of(workspace), rows()
    assert (row.is_on, failed.status, wallet(workspace)) == (False, "failed", 0)
    assert "declined" in row.failure
    assert [args[2] for args in sent if args[0] == "billing.tasks.write"] == ["top_up_failed"]


def test_who_goes_on_after_a_crash_charges_nothing_a_second_time(topped, stripe: Fake, monkeypatch) -> None:
    """The worker died after Stripe had answered, before anything was written."""
    monkeypatch.setattr(charging, "_take", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        charging.run(topped)
    monkeypatch.undo()
    assert wallet(topped) == 0
    assert top_up.running_low() == [topped.pk]
    charging.run(topped)
    assert wallet(topped) == 25 * DOLLAR
    assert len(stripe.client().v1.payment_intents.list().data) == 1


def test_it_finds_the_payment_when_its_key_is_too_old(topped, stripe: Fake, monkeypatch) -> None:
    monkeypatch.setattr(charging, "_take", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        charging.run(topped)
    monkeypatch.undo()
    monkeypatch.setattr(charging, "KEY_LIVES", timedelta(0))
    charging.run(topped)
    assert wallet(topped) == 25 * DOLLAR
    assert len(stripe.client().v1.payment_intents.list().data) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_buy_once(topped, stripe: Fake) -> None:
    def work() -> None:
        charging.run(topped)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wallet(topped) == 25 * DOLLAR
    assert len(stripe.client().v1.payment_intents.list().data) == 1


def test_it_is_looked_at_once_a_minute_when_money_is_set_aside(
    topped, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(messages, "send", lambda task, *args: sent.append(task))
    cache.clear()
    with scope(workspace=topped):
        ledger.grant(workspace=topped, key="gift", amount_micros=DOLLAR)
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            spend(topped, 1, f"job-{number}")
    assert sent == ["billing.tasks.top_up"]


def test_it_forgets_the_card(topped, alice, stripe: Fake, bring) -> None:
    assert cards.forget(workspace=topped, actor=alice)
    bring()
    row = settings_of(topped)
    assert (row.card_id, row.is_on) == ("", False)


def test_it_ends_when_the_card_is_taken_away_at_stripe(topped, stripe: Fake, bring) -> None:
    stripe.client().v1.payment_methods.detach(settings_of(topped).card_id)
    bring()
    assert not settings_of(topped).is_on


@pytest.mark.parametrize(
    "amounts",
    [
        {"threshold_micros": 0},
        {"threshold_micros": -1},
        {"threshold_micros": 10**12},
        {"amount_micros": 4 * DOLLAR},
        {"amount_micros": 10_000_001},
        {"monthly_limit_micros": 20 * DOLLAR},
        {"monthly_limit_micros": 10**15},
    ],
)
def test_it_refuses_what_makes_no_sense(workspace, alice, amounts: dict[str, int]) -> None:
    with pytest.raises(Refused):
        choose(workspace, alice, **amounts)


def test_it_is_for_owners(workspace, bob) -> None:
    with pytest.raises(PermissionDenied):
        choose(workspace, bob)


def test_its_page_leads_to_stripe_for_a_card_and_back(workspace, alice, stripe: Fake, fresh) -> None:
    browser, page = fresh(alice), f"/w/{workspace.slug}/billing/credits/top-up"
    wrong = browser.post(page, {"threshold": "x", "amount": "3", "monthly_limit": ""})
    assert wrong.status_code == 422
    sent = browser.post(page, {"threshold": "10", "amount": "$25", "monthly_limit": "1,000"})
    back = stripe.pay(sent.headers["Location"])
    said = browser.get(back.removeprefix("http://127.0.0.1:8000"), follow=True).content.decode()
    assert "Automatic top-up is on." in said
    assert "Visa ···· 4242" in said
    assert "at most $1,000 a month" in said
    browser.post(page, {"stop": "1"})
    assert not settings_of(workspace).is_on
