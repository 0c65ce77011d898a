"""The plans as Stripe sells them: prices are found by their lookup key, as `team_year`, and made where missing."""

from functools import cache

import stripe

from billing.models import Paid, Subscription
from billing.plans import PLANS
from billing.stripe_client import cents, client

Interval = Subscription.Interval
PORTAL = "1"
"""Goes up when the portal is to be another one."""


def key(plan: str, interval: str) -> str:
    return f"{plan}_{interval}"


def of_key(lookup_key: str | None) -> tuple[str, str] | None:
    """Plan and interval; None for a price that is not one of ours."""
    plan, _, interval = (lookup_key or "").partition("_")
    return (plan, interval) if plan in Paid.values and interval in Interval.values else None


@cache
def price_id(plan: str, interval: str) -> str:
    """The id of the price at Stripe. Raises StripeError."""
    found = client().v1.prices.list({"lookup_keys": [key(plan, interval)], "active": True, "limit": 1}).data
    return (found[0] if found else _make(plan, interval)).id


@cache
def portal_id() -> str:
    """What our customers may do in the portal. Plans and seats are changed here, where their rules are known."""
    configurations = client().v1.billing_portal.configurations
    for found in configurations.list({"active": True, "limit": 100}).auto_paging_iter():
        if found.metadata and getattr(found.metadata, "aurora", "") == PORTAL:
            return found.id
    made = configurations.create(
        {
            "features": {
                "customer_update": {"enabled": True, "allowed_updates": ["address", "email", "name", "tax_id"]},
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            },
            "metadata": {"aurora": PORTAL},
        },
        {"idempotency_key": f"portal:{PORTAL}"},
    )
    return made.id


def forget() -> None:
    """Ask Stripe anew, as after another Stripe was put in its place."""
    price_id.cache_clear()
    portal_id.cache_clear()


def _make(plan: str, interval: str) -> stripe.Price:
    ours = PLANS[plan]
    amount = cents(ours.micros(interval))
    product = _product(plan)
    return client().v1.prices.create(
        {
            "product": product,
            "currency": "usd",
            "unit_amount": amount,
            "recurring": {"interval": "year" if interval == Interval.YEAR else "month"},
            "lookup_key": key(plan, interval),
            # A price that was retired by hand keeps its key otherwise.
            "transfer_lookup_key": True,
        },
        {"idempotency_key": f"price:{key(plan, interval)}:{amount}:{product}"},
    )


def _product(plan: str) -> str:
    """The product, whose id we choose, so that there is one of it."""
    products, ident = client().v1.products, f"aurora_{plan}"
    try:
        return products.retrieve(ident).id
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
    name = f"Aurora {PLANS[plan].label}"
    return products.create({"id": ident, "name": name}, {"idempotency_key": f"product:{ident}"}).id
