from typing import Any

import pytest
from django.test import Client
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User
from accounts.services.rights import Refused
from billing import ledger
from billing.models import Account, Purchase, StripeEvent, Transaction
from billing.services import credit, purchases, returns
from tests.fakestripe.control import Fake
from tests.staff_ops.desk import open_session

TEN = 10_000_000


@pytest.fixture
def bought(workspace, alice, stripe: Fake) -> Purchase:
    """Ten dollars, paid for and credited."""
    begun = credit.buy(workspace=workspace, actor=alice, amount_micros=TEN)
    stripe.pay(begun.session_url)
    paid = purchases.settle(str(begun.session_id))
    stripe.take(all=True)
    assert paid
    return paid


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@example.org")


def spend(workspace, micros: int) -> None:
    with scope(workspace=workspace):
        ledger.reserve(workspace=workspace, hold="job", amount_micros=micros)
        ledger.capture(workspace=workspace, hold="job", part="0", amount_micros=micros)


def books(workspace) -> dict[str, int]:
    with scope(workspace=workspace):
        return dict(Account.objects.exclude(kind="gift").values_list("kind", "balance"))


def moves() -> list[str]:
    with scopes_disabled():
        rows = Transaction.objects.exclude(kind__in=["purchase", "reserve", "capture"])
        return sorted(rows.values_list("kind", flat=True))


def again(purchase: Purchase) -> Purchase:
    with scopes_disabled():
        return Purchase.objects.select_related("workspace").get(pk=purchase.pk)


def test_it_takes_a_refund_from_the_dashboard_out_of_the_wallet_once(workspace, bought, stripe: Fake, bring) -> None:
    stripe.webhooks("twice")
    stripe.refund(bought.payment_id, 400)
    bring()
    returns.read(bought.payment_id)
    assert books(workspace)["wallet"] == 6_000_000
    assert again(bought).returned_micros == 4_000_000


def test_it_books_what_was_spent_before_as_a_loss(workspace, bought, stripe: Fake, bring) -> None:
    spend(workspace, 7_000_000)
    stripe.refund(bought.payment_id)
    bring()
    found = books(workspace)
    assert (found["wallet"], found["losses"], found["cash"]) == (0, -7_000_000, 0)


@pytest.mark.parametrize("mode", ["normal", "twice", "shuffled"])
def test_it_gives_back_what_could_not_be_refunded(workspace, bought, stripe: Fake, bring, mode: str) -> None:
    stripe.webhooks(mode)
    refund = stripe.refund(bought.payment_id, 400)
    if mode == "normal":
        bring()
        assert books(workspace)["wallet"] == 6_000_000
    stripe.fail_refund(refund["id"])
    bring()
    assert books(workspace)["wallet"] == TEN
    assert moves() == ["reinstate", "return"]
    assert again(bought).returned_micros == 0


def test_a_refund_that_is_heard_of_first_is_taken_after_the_credit(workspace, alice, stripe: Fake, bring) -> None:
    begun = credit.buy(workspace=workspace, actor=alice, amount_micros=TEN)
    stripe.pay(begun.session_url)
    (intent,) = stripe.client().v1.payment_intents.list().data
    stripe.refund(intent.id, 400)
    returns.read(intent.id)
    assert books(workspace)["wallet"] == 6_000_000
    bring()
    assert books(workspace)["wallet"] == 6_000_000


@pytest.mark.parametrize("mode", ["normal", "twice", "shuffled"])
@pytest.mark.parametrize("won", [True, False])
def test_it_follows_a_dispute(workspace, bought, stripe: Fake, bring, mode: str, won: bool) -> None:
    spend(workspace, 1_000_000)
    stripe.webhooks(mode)
    dispute = stripe.dispute(bought.payment_id)
    if mode == "normal":
        bring()
        assert books(workspace)["wallet"] == 0
    stripe.close_dispute(dispute["id"], won=won)
    bring()
    found = books(workspace)
    assert (found["wallet"], found["losses"]) == ((9_000_000, 0) if won else (0, -1_000_000))
    assert moves() == (["dispute", "reinstate"] if won else ["dispute"])
    assert again(bought).returned_micros == (0 if won else TEN)


def test_what_was_never_heard_of_is_found_at_night(workspace, bought, stripe: Fake) -> None:
    stripe.webhooks("dropped", share=1.0)
    stripe.fail_refund(stripe.refund(bought.payment_id, 100)["id"])
    stripe.refund(bought.payment_id, 400)
    stripe.close_dispute(stripe.dispute(bought.payment_id)["id"], won=True)
    (said,) = returns.compare()
    assert "$4.00 went back" in said
    assert books(workspace)["wallet"] == 6_000_000
    assert list(returns.compare()) == []


def test_staff_refund_what_is_left(workspace, bought, staff: User, stripe: Fake, bring) -> None:
    spend(workspace, 3_000_000)
    with pytest.raises(Refused, match=r"Only \$7\.00"):
        returns.refund_purchase(purchase=bought, amount_micros=8_000_000, reason="asked for", by=staff)
    returns.refund_purchase(purchase=bought, amount_micros=5_000_000, reason="asked for", by=staff)
    bring()
    assert books(workspace)["wallet"] == 2_000_000
    with scopes_disabled():
        moved = Transaction.objects.get(kind="return")
    assert (moved.reason, moved.made_by) == ("asked for", staff)
    assert returns.left_of(again(bought)) == 2_000_000


@pytest.mark.parametrize("micros", [0, -TEN, 5_000, 2 * TEN])
def test_staff_refund_no_absurd_amount(bought, staff: User, micros: int) -> None:
    with pytest.raises(Refused):
        returns.refund_purchase(purchase=bought, amount_micros=micros, reason="asked for", by=staff)


def test_only_staff_refund(bought, alice) -> None:
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        returns.refund_purchase(purchase=bought, amount_micros=TEN, reason="for me", by=alice)


def test_the_panel_refunds_and_says_what_is_wrong(workspace, bought, staff: User) -> None:
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    open_session(browser, staff)
    page = f"/admin/panel/money/payments/{bought.pk}"
    assert "$10.00 of it can go back" in browser.get(page).content.decode()
    wrong: list[Any] = [{"amount": "11", "reason": "x"}, {"amount": "1.005", "reason": "x"}, {"amount": "4"}]
    for sent in wrong:
        assert browser.post(page, sent | {"seen": "0"}).status_code == 422
    right = {"amount": "4", "reason": "asked for", "seen": "0"}
    # Pressed twice.
    assert [browser.post(page, right).status_code for _ in range(2)] == [302, 422]
    assert books(workspace)["wallet"] == 6_000_000


def test_a_replay_moves_nothing_twice(workspace, bought, staff: User, stripe: Fake, bring) -> None:
    stripe.refund(bought.payment_id, 400)
    bring()
    before, moved = books(workspace), moves()
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    open_session(browser, staff)
    for event in StripeEvent.objects.all():
        answer = browser.post(f"/admin/panel/money/events/{event.pk}/replay", follow=True)
        assert f"The event {event.pk} is handled." in answer.content.decode()
    assert (books(workspace), moves()) == (before, moved)
    assert StripeEvent.objects.filter(handled_at=None).count() == 0
    with scopes_disabled():
        assert AuditEntry.objects.filter(action="stripe_event.replayed").count() == StripeEvent.objects.count() > 0


def test_what_could_not_be_handled_says_why(bought, staff: User, stripe: Fake, bring, monkeypatch) -> None:
    stripe.refund(bought.payment_id, 400)
    bring()
    event = StripeEvent.objects.filter(type="charge.refunded").get()
    monkeypatch.setattr(returns, "read", lambda payment_id: 1 / 0)
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    open_session(browser, staff)
    answer = browser.post(f"/admin/panel/money/events/{event.pk}/replay", follow=True)
    assert "division by zero" in answer.content.decode()
    assert event.pk in browser.get("/admin/panel/money/events?state=failed").content.decode()
