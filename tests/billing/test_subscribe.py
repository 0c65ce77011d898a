from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry
from accounts.services.rights import Refused
from billing.models import Customer, Purchase, StripeEvent, Subscription
from billing.plans import FREE, PLANS
from billing.services import catalog, checkout, purchases, subscriptions
from tests.billing.conftest import DECLINED, handle_all, pay, plan_of
from tests.fakestripe.control import Fake


def subscribe(workspace, person, plan: str = "super", interval: str = "month") -> str:
    return checkout.subscribe(workspace=workspace, person=person, plan=plan, interval=interval)


def deeds(workspace) -> list[str]:
    with scope(workspace=workspace):
        rows = AuditEntry.objects.filter(action__startswith="subscription.").order_by("pk")
        return list(rows.values_list("action", flat=True))


@pytest.fixture
def sending(django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """What is sent after a commit is sent, though the test never commits."""
    return partial(django_capture_on_commit_callbacks, execute=True)


def test_it_opens_the_plan_when_the_browser_comes_back(alone, alice, buy) -> None:
    assert buy(alone, alice).status == Purchase.Status.PAID
    assert plan_of(alone) is PLANS["super"]


def test_it_opens_the_plan_by_events_alone(alone, alice, stripe: Fake, bring) -> None:
    pay(stripe, subscribe(alone, alice))
    assert plan_of(alone) is FREE
    assert bring() > 3
    assert plan_of(alone) is PLANS["super"]
    with scopes_disabled():
        assert Purchase.objects.get().status == Purchase.Status.PAID


def test_it_changes_nothing_more_when_events_come_late_and_twice(alone, alice, stripe: Fake, buy, deliver) -> None:
    buy(alone, alice)
    letters = stripe.take(all=True)
    for letter in [*reversed(letters), *letters]:
        assert deliver(letter).status_code == 200
        handle_all()
    assert plan_of(alone) is PLANS["super"]
    with scopes_disabled():
        assert Subscription.objects.count() == Customer.objects.count() == 1
    assert StripeEvent.objects.filter(handled_at__isnull=False).count() == len(letters)
    assert deeds(alone) == ["subscription.created"]


def test_it_leads_two_tabs_to_one_checkout_and_closes_that_of_another_plan(alone, alice, stripe: Fake) -> None:
    first = subscribe(alone, alice)
    assert subscribe(alone, alice) == first
    yearly = subscribe(alone, alice, interval="year")
    assert yearly != first
    with pytest.raises(ValueError, match=r"expired|no longer|over"):
        pay(stripe, first)
    pay(stripe, yearly)
    with pytest.raises(checkout.AlreadySubscribed):
        subscribe(alone, alice)
    assert plan_of(alone) is PLANS["super"]


def test_it_pays_the_second_of_two_subscriptions_back(alone, alice, stripe: Fake, buy, sending) -> None:
    buy(alone, alice)
    with scopes_disabled():
        customer, first = Customer.objects.get(), Subscription.objects.get()
    card = stripe.client().v1.payment_methods.list({"customer": customer.stripe_id}).data[0]
    item: Any = {"price": catalog.price_id("super", "year"), "quantity": 1}
    second = stripe.client().v1.subscriptions.create(
        {"customer": customer.stripe_id, "items": [item], "default_payment_method": card.id}
    )
    with sending():
        subscriptions.sync(second.id)
    assert stripe.client().v1.subscriptions.retrieve(second.id).status == "canceled"
    assert [one.amount for one in stripe.client().v1.refunds.list().data] == [30_000]
    with scopes_disabled():
        assert {row.stripe_id: row.status for row in Subscription.objects.all()} == {
            first.stripe_id: "active",
            second.id: "canceled",
        }
    assert "subscription.doubled" in deeds(alone)
    assert [letter.subject for letter in mail.outbox if "charged twice" in letter.subject]
    subscriptions.sync(second.id)
    assert len(stripe.client().v1.refunds.list().data) == 1


def test_it_keeps_super_to_one_person(workspace, alice, stripe: Fake) -> None:
    with pytest.raises(Refused, match="one person, and this workspace has 2 members"):
        subscribe(workspace, alice)
    with scopes_disabled():
        assert not Purchase.objects.exists()


def test_it_counts_a_seat_a_member(workspace, alice, buy) -> None:
    buy(workspace, alice, "team", "year")
    plan = plan_of(workspace)
    assert (plan.name, plan.seats, plan.daily_of("pro"), plan.members_total) == ("team", 2, 200, 2)


def test_it_says_why_a_card_was_declined(alone, alice, stripe: Fake) -> None:
    url = subscribe(alone, alice)
    with pytest.raises(ValueError, match="declined"):
        pay(stripe, url, DECLINED)
    assert plan_of(alone) is FREE
    assert purchases.settle(pay(stripe, url))
    assert plan_of(alone) is PLANS["super"]


def test_it_changes_the_plan_and_settles_the_difference(alone, alice, stripe: Fake, buy) -> None:
    buy(alone, alice)
    row = checkout.change_plan(workspace=alone, person=alice, plan="team", interval="year")
    assert (row.plan, row.interval, row.seats) == ("team", "year", 1)
    assert plan_of(alone) == PLANS["team"]
    totals = [one.amount_paid for one in stripe.client().v1.invoices.list().data]
    assert sorted(totals) == [3_000, 27_000]
    assert deeds(alone) == ["subscription.created", "subscription.changed"]


def test_it_ends_with_its_customer_and_can_be_bought_anew(alone, alice, stripe: Fake, buy, bring) -> None:
    buy(alone, alice)
    with scopes_disabled():
        stripe.client().v1.customers.delete(Customer.objects.get().stripe_id)
    bring()
    assert plan_of(alone) is FREE
    buy(alone, alice)
    assert plan_of(alone) is PLANS["super"]


def test_it_ends_when_the_bank_takes_the_money_back(alone, alice, stripe: Fake, buy, bring, sending) -> None:
    buy(alone, alice)
    stripe.dispute(stripe.client().v1.payment_intents.list().data[0].id)
    with sending():
        bring()
    assert plan_of(alone) is FREE
    assert deeds(alone)[-1] == "subscription.disputed"
    assert mail.outbox[-1].subject == f"The plan Super of {alone.name} has ended"


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_customer_for_two_tabs_at_once(alone, alice, stripe: Fake) -> None:
    def tab(_: int) -> str:
        try:
            return subscribe(alone, alice)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        urls = set(threads.map(tab, range(2)))
    assert len(urls) == 1
    assert len(stripe.client().v1.customers.list().data) == 1
