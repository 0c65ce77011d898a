"""The one way to Stripe, and its cents."""

import pytest
from pytest_django.fixtures import Settings

from billing import stripe_client
from tests.fakestripe.control import Fake


def test_it_reaches_the_stripe_that_the_settings_name(fake: Fake) -> None:
    made = stripe_client.client().v1.customers.create({"email": "ada@example.org"})
    assert fake.client().v1.customers.retrieve(made.id).email == "ada@example.org"


def test_it_says_so_without_a_key(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(stripe_client.NotConfigured):
        stripe_client.client()


def test_cents_are_whole() -> None:
    assert stripe_client.cents(25_000_000) == 2_500
    assert stripe_client.micros(2_500) == 25_000_000
    with pytest.raises(ValueError, match="no whole number"):
        stripe_client.cents(70_001)
