from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from django_scopes import scope

from tests.fakestripe.control import KEY, SECRET, Fake, Letter

WEBHOOK = "/billing/stripe/webhook"


@pytest.fixture
def purse(transactional_db: None, workspace) -> Iterator:
    """The workspace, in whose scope the test runs, with commits that are real."""
    with scope(workspace=workspace):
        yield workspace


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
def post_letter() -> Callable[[Letter], Any]:
    """`post_letter(letter)` brings a webhook to the site."""

    def post(letter: Letter) -> Any:
        return Client().post(
            WEBHOOK, letter.body, content_type="application/json", headers={"Stripe-Signature": letter.signature}
        )

    return post


@pytest.fixture
def bring(stripe: Fake, post_letter: Callable[[Letter], Any]) -> Callable[[], int]:
    """`bring()` brings all webhooks that wait, and has them handled; how many there were."""
    from billing.services import events

    def bring_all() -> int:
        letters = stripe.take(all=True)
        for letter in letters:
            assert post_letter(letter).status_code == 200
        events.handle_waiting()
        return len(letters)

    return bring_all
