from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django_scopes import scope, scopes_disabled

from accounts.services import workspaces
from accounts.services.rights import Refused
from billing import ledger
from billing.models import Purchase, Transaction
from billing.services import credit, purchases
from tests.fakestripe.control import Fake

TEN = 10_000_000


def buy(workspace, person, micros: int = TEN, **options: Any) -> Purchase:
    return credit.buy(workspace=workspace, actor=person, amount_micros=micros, **options)


def purse(workspace) -> ledger.Purse:
    with scope(workspace=workspace):
        return ledger.purse(workspace=workspace)


def rows() -> list[Purchase]:
    with scopes_disabled():
        return list(Purchase.objects.order_by("created_at"))


def settle(purchase: Purchase) -> None:
    purchases.settle(str(purchase.session_id))


def test_it_credits_what_was_paid_once(workspace, alice, stripe: Fake, bring) -> None:
    begun = buy(workspace, alice)
    stripe.pay(begun.session_url)
    for _ in range(2):
        settle(begun)
    bring()
    assert purse(workspace).wallet == TEN
    with scopes_disabled():
        moved = Transaction.objects.get(kind="purchase")
    assert moved.key == f"checkout:{begun.session_id}"
    assert moved.reference == rows()[0].payment_id
    assert rows()[0].status == "paid"


@pytest.mark.parametrize("mode", ["twice", "shuffled"])
def test_it_credits_by_the_events_alone_doubled_or_shuffled(workspace, alice, stripe: Fake, bring, mode: str) -> None:
    stripe.webhooks(mode)
    stripe.pay(buy(workspace, alice).session_url)
    bring()
    assert purse(workspace).wallet == TEN


def test_it_gives_nothing_before_it_is_paid(workspace, alice, stripe: Fake) -> None:
    begun = buy(workspace, alice)
    settle(begun)
    with pytest.raises(ValueError, match="declined"):
        stripe.pay(begun.session_url, "4000000000000002")
    settle(begun)
    assert (purse(workspace).wallet, rows()[0].status) == (0, "open")


def test_two_tabs_share_a_checkout_of_the_same_amount(workspace, alice, stripe: Fake) -> None:
    first, second = buy(workspace, alice), buy(workspace, alice)
    assert first.session_url == second.session_url
    stripe.pay(first.session_url)
    with pytest.raises(ValueError, match=r"\w"):
        stripe.pay(second.session_url)
    # Paid, though we have not heard of it: the same once more is another purchase.
    third = buy(workspace, alice)
    assert third.session_url != first.session_url
    stripe.pay(third.session_url)
    for row in rows():
        settle(row)
    assert purse(workspace).wallet == 2 * TEN


def test_two_amounts_at_once_are_both_credited(workspace, alice, stripe: Fake, bring) -> None:
    first, second = buy(workspace, alice), buy(workspace, alice, 25_000_000)
    for begun in (second, first):
        stripe.pay(begun.session_url)
    bring()
    assert purse(workspace).wallet == 35_000_000


@pytest.mark.parametrize("micros", [0, -TEN, 1, 4_999_999, 5_000_010_000, 10**18, 10_005_000])
def test_it_refuses_amounts_that_no_card_is_charged(workspace, alice, stripe: Fake, micros: int) -> None:
    with pytest.raises(Refused, match="Choose an amount"):
        buy(workspace, alice, micros)
    assert rows() == []


def test_it_sends_another_currency_back(workspace, alice, stripe: Fake, bring) -> None:
    begun = buy(workspace, alice)
    session = stripe.client().v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {"price_data": {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "x"}}, "quantity": 1}
            ],
            "success_url": "http://localhost/",
        }
    )
    with scopes_disabled():
        Purchase.objects.update(session_id=session.id)
    stripe.pay(str(session.url))
    for _ in range(2):
        purchases.settle(session.id)
    bring()
    (row,) = rows()
    assert row.pk == begun.pk
    assert (row.status, purse(workspace).wallet) == ("failed", 0)
    assert "EUR" in row.failure
    assert [refund.amount for refund in stripe.client().v1.refunds.list().data] == [1000]


def test_it_expires(workspace, alice, stripe: Fake, bring) -> None:
    begun = buy(workspace, alice)
    stripe.advance(days=2)
    bring()
    assert rows()[0].status == "expired"
    settle(begun)
    assert purse(workspace).wallet == 0


@pytest.mark.parametrize("paid", [True, False])
def test_a_slow_payment_is_credited_when_it_has_come(workspace, alice, stripe: Fake, bring, paid: bool) -> None:
    stripe.turn("settings", slow_payments=True)
    begun = buy(workspace, alice)
    stripe.pay(begun.session_url)
    settle(begun)
    bring()
    assert (purse(workspace).wallet, rows()[0].status) == (0, "open")
    stripe.settle(str(begun.session_id), paid=paid)
    bring()
    assert (purse(workspace).wallet, rows()[0].status) == ((TEN, "paid") if paid else (0, "failed"))


def test_it_keeps_the_card_when_asked(workspace, alice, stripe: Fake) -> None:
    from billing.services import top_up

    begun = buy(workspace, alice, keep_card=True)
    assert buy(workspace, alice).session_url != begun.session_url, "one without the card is another checkout"
    stripe.pay(begun.session_url, "5555555555554444")
    settle(begun)
    with scope(workspace=workspace):
        row = top_up.settings_of(workspace)
    assert row and (row.card_brand, row.card_last4, row.is_on) == ("mastercard", "4444", False)


def test_it_is_for_owners(workspace, bob, stripe: Fake) -> None:
    with pytest.raises(PermissionDenied):
        buy(workspace, bob)


def test_the_page_leads_to_stripe_and_back(workspace, alice, charlie, stripe: Fake, fresh, client_of) -> None:
    browser, page = fresh(alice), f"/w/{workspace.slug}/billing/credits"
    assert "357 pictures" in browser.get(page).content.decode()
    sent = browser.post(f"{page}/buy", {"pack": "other", "amount": "$12.50"})
    back = stripe.pay(sent.headers["Location"])
    query = back.partition("?")[2]
    elsewhere = f"/w/{workspaces.personal(charlie).slug}/billing/credits/done?{query}"
    assert client_of(charlie).get(elsewhere).status_code == 404
    answer = browser.get(f"{page}/done?{query}", follow=True).content.decode()
    assert "$12.50 of credit is here." in answer
    assert purse(workspace).wallet == 12_500_000


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"pack": "other", "amount": "0"}, "Choose an amount from $5.00 to $5,000.00."),
        ({"pack": "other", "amount": "-20"}, "Choose an amount from"),
        ({"pack": "other", "amount": "1e9"}, "digits"),
        ({"pack": "other", "amount": "10.005"}, "whole cents"),
        ({"pack": "other", "amount": ""}, "Choose an amount from"),
        ({"pack": "other", "amount": "ten"}, "Write an amount in dollars"),
        ({"pack": "7"}, "Select a valid choice"),
    ],
)
def test_the_page_says_what_is_wrong_with_an_amount(workspace, alice, stripe: Fake, fresh, sent, said) -> None:
    answer = fresh(alice).post(f"/w/{workspace.slug}/billing/credits/buy", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert rows() == []


def test_the_page_says_when_stripe_does_not_answer(workspace, alice, fresh, settings) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_x", "http://127.0.0.1:9"
    answer = fresh(alice).post(f"/w/{workspace.slug}/billing/credits/buy", {"pack": "10000000"})
    assert "does not answer" in answer.content.decode()
