"""The one way to Stripe."""

from functools import cache

import stripe
from django.conf import settings


class NotConfigured(Exception):
    """There is neither a key nor a Stripe of our own: nothing can be bought."""


def client() -> stripe.StripeClient:
    """Raises NotConfigured."""
    if not settings.STRIPE_SECRET_KEY:
        raise NotConfigured
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": base} if base else None, max_network_retries=2)
