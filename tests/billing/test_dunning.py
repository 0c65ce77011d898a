from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail
from django_scopes import scope

from billing.models import Subscription
from billing.plans import FREE, PLANS
from billing.services import checkout, dunning, subscriptions
from tests.billing.conftest import FAILS_LATER, GOOD, plan_of
from tests.fakestripe.control import Fake

BEGIN = datetime(2027, 1, 10, 12, tzinfo=UTC)
DAY = 86_400


@pytest.fixture
def pass_time(stripe: Fake) -> Iterator[Callable[..., None]]:
    """`pass_time(days=3)` moves Stripe's clock and ours."""
    with time_machine.travel(BEGIN, tick=False) as ours:
        stripe.freeze(int(BEGIN.timestamp()))

        def go(*, days: float) -> None:
            ours.shift(days * DAY)
            stripe.advance(days=days)

        yield go


@pytest.fixture
def late(alone, alice, buy, pass_time: Callable[..., None], bring) -> Callable[..., None]:
    """Alice has paid with a card that fails at the renewal, and it has failed an hour ago."""
    buy(alone, alice, card=FAILS_LATER)
    pass_time(days=31.05)
    bring()
    mail.outbox.clear()
    return pass_time


def test_it_keeps_the_plan_for_seven_days_and_writes_four_letters(alone, late) -> None:
    assert plan_of(alone) is PLANS["super"]
    assert dunning.write_letters() == 1
    assert dunning.write_letters() == 0
    for days in (1, 2, 1, 2):
        late(days=days)
        dunning.write_letters()
    assert plan_of(alone) is PLANS["super"]
    late(days=1)
    dunning.write_letters()
    dunning.write_letters()
    assert plan_of(alone) is FREE
    assert [letter.subject for letter in mail.outbox] == [
        *[f"A payment for {alone.name} failed"] * 3,
        f"The plan Super of {alone.name} has ended",
    ]
    assert mail.outbox[0].to == ["alice@example.org"]
    assert "until 17 February 2027" in mail.outbox[0].body


def test_it_counts_the_grace_from_the_failed_payment_whenever_it_hears_of_it(
    alone, alice, buy, pass_time, stripe
) -> None:
    buy(alone, alice, card=FAILS_LATER)
    pass_time(days=39.1)
    subscriptions.read(alone)
    assert plan_of(alone) is FREE


def test_it_goes_on_with_a_new_card(alone, late, stripe: Fake, client_of, alice) -> None:
    dunning.write_letters()
    page = client_of(alice).get(f"/w/{alone.slug}/create").content.decode()
    assert "A payment for the plan Super failed" in page
    assert "Change the card" in page
    put_in(stripe, GOOD)
    assert checkout.pay_open(workspace=alone) == ""
    assert plan_of(alone) is PLANS["super"]
    with scope(workspace=alone):
        row = Subscription.objects.get()
        assert (row.status, row.past_due_since, row.told_past_due_at) == ("active", None, None)
    assert "A payment for the plan" not in client_of(alice).get(f"/w/{alone.slug}/create").content.decode()


def test_it_says_why_a_new_card_does_not_pay_either(alone, late, stripe: Fake) -> None:
    put_in(stripe, FAILS_LATER)
    assert "declined" in checkout.pay_open(workspace=alone)


def put_in(stripe: Fake, number: str) -> None:
    """As the portal does it."""
    at = stripe.client().v1
    customer = at.customers.list().data[0].id
    name = {GOOD: "pm_card_visa", FAILS_LATER: "pm_card_chargeCustomerFail"}[number]
    card = at.payment_methods.attach(name, {"customer": customer})
    at.customers.update(customer, {"invoice_settings": {"default_payment_method": card.id}})
    for one in at.subscriptions.list({"customer": customer}).data:
        at.subscriptions.update(one.id, {"default_payment_method": card.id})
