from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from billing.models import Customer, Purchase, StripeEvent, Subscription
from billing.plans import PLANS, plan_of
from billing.services import checkout, purchases
from tests.fakestripe.control import Fake

ADDRESS = {"line1": "1 Main Street", "city": "Springfield", "postal_code": "12345", "state": "IL"}


@pytest.fixture
def alone(db: None, alice) -> Any:
    """Alice's own workspace, which nobody else is in."""
    from accounts.services import workspaces

    return workspaces.personal(alice)


def buy(workspace, person, stripe: Fake, plan: str = "super", interval: str = "month", card: str = "4242424242424242"):
    url = checkout.subscribe(workspace=workspace, person=person, plan=plan, interval=interval)
    back = stripe.pay(url, card, **ADDRESS)
    return purchases.settle(back.partition("session=")[2])


def plan(workspace) -> Any:
    with scope(workspace=workspace):
        return plan_of(workspace)


def test_it_opens_the_plan_when_the_browser_comes_back(alone, alice, stripe: Fake) -> None:
    bought = buy(alone, alice, stripe)
    assert bought and bought.status == Purchase.Status.PAID
    assert plan(alone) is PLANS["super"]


def test_it_changes_nothing_more_when_the_events_come(alone, alice, stripe: Fake, bring) -> None:
    buy(alone, alice, stripe)
    assert bring() > 3
    assert plan(alone) is PLANS["super"]
    with scopes_disabled():
        assert Subscription.objects.count() == Customer.objects.count() == 1
    assert not StripeEvent.objects.filter(handled_at=None).exists()
