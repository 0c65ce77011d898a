"""The one way to Stripe, and what its cents are in the books."""

from functools import cache

import stripe
from django.conf import settings

MICROS_IN_A_CENT = 10_000
RETRIES, SECONDS = 2, 20


class NotConfigured(Exception):
    """No key is given: nothing can be bought here."""


def client() -> stripe.StripeClient:
    """Stripe, or the site's own fake of it in test mode. Raises NotConfigured."""
    if not settings.STRIPE_SECRET_KEY:
        raise NotConfigured("STRIPE_SECRET_KEY is not set.")
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    """Kept: it holds connections open. The SDK's retries carry one idempotency key, so that none is done twice."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=SECONDS),
    )


def cents(micros: int) -> int:
    """Stripe's amount of a whole number of cents. Raises ValueError for parts of one, which Stripe cannot move."""
    whole, rest = divmod(micros, MICROS_IN_A_CENT)
    if rest:
        raise ValueError(f"{micros} micro-dollars are no whole number of cents.")
    return whole


def micros(cents: int) -> int:
    return cents * MICROS_IN_A_CENT
