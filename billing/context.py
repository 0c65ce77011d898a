"""What every template may know of money."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def stripe(request: HttpRequest) -> dict[str, Any]:
    """`stripe_test_mode`: no money moves here. `can_buy`: there is a Stripe to pay at."""
    return {"stripe_test_mode": settings.STRIPE_TEST_MODE, "can_buy": bool(settings.STRIPE_SECRET_KEY)}
