from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from django_scopes import scope

from tests.fakestripe.control import KEY, SECRET, Fake, Letter

WEBHOOK = "/billing/stripe/webhook"
ADDRESS = {"line1": "1 Main Street", "city": "Springfield", "postal_code": "12345", "state": "IL"}
GOOD, DECLINED, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000000341"


@pytest.fixture
def purse(transactional_db: None, workspace) -> Iterator:
    """The workspace, in whose scope the test runs, with commits that are real."""
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def alone(alice) -> Any:
    """Alice's own workspace, which nobody else is in."""
    from accounts.services import workspaces

    return workspaces.personal(alice)


@pytest.fixture(scope="session")
def one_stripe() -> Iterator[Fake]:
    with Fake.start() as fake:
        yield fake


@pytest.fixture
def stripe(one_stripe: Fake) -> Iterator[Fake]:
    """An empty Stripe that the site uses. It sends nothing by itself: `bring()` does."""
    from billing.services import catalog

    one_stripe.reset()
    catalog.forget()
    with override_settings(STRIPE_SECRET_KEY=KEY, STRIPE_WEBHOOK_SECRET=SECRET, STRIPE_API_BASE=one_stripe.url):
        yield one_stripe
    catalog.forget()


@pytest.fixture
def buy(stripe: Fake) -> Callable[..., Any]:
    """`buy(workspace, person, "team", "year", card)` goes through the checkout; the purchase when it comes back."""
    from billing.services import checkout, purchases

    def go(workspace, person, plan: str = "super", interval: str = "month", card: str = GOOD) -> Any:
        url = checkout.subscribe(workspace=workspace, person=person, plan=plan, interval=interval)
        return purchases.settle(pay(stripe, url, card))

    return go


def pay(stripe: Fake, url: str, card: str = GOOD) -> str:
    """Pay at a checkout; the id of its session."""
    return stripe.pay(url, card, **ADDRESS).partition("session=")[2]


@pytest.fixture
def deliver() -> Callable[[Letter], Any]:
    """`deliver(letter)` brings a webhook to the site."""

    def post(letter: Letter) -> Any:
        signed = {"Stripe-Signature": letter.signature}
        return Client().post(WEBHOOK, letter.body, content_type="application/json", headers=signed)

    return post


@pytest.fixture
def bring(stripe: Fake, deliver: Callable[[Letter], Any]) -> Callable[[], int]:
    """`bring()` brings all webhooks that wait, and has them handled; how many there were."""

    def bring_all() -> int:
        letters = stripe.take(all=True)
        for letter in letters:
            assert deliver(letter).status_code == 200
        handle_all()
        return len(letters)

    return bring_all


def handle_all() -> None:
    """As the tasks do that are sent for each event."""
    from billing.models import StripeEvent
    from billing.services import events

    for pk in StripeEvent.objects.filter(handled_at=None).order_by("received_at").values_list("pk", flat=True):
        events.handle(pk)


def plan_of(workspace) -> Any:
    from billing import plans

    with scope(workspace=workspace):
        return plans.plan_of(workspace)
