"""What the pages of money share."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import staff
from accounts.staff import StaffAction
from billing.services import closing
from generation.staff.frame import panel

TABS = (
    ("money", "Trial balance"),
    ("money_ledger", "Ledger"),
    ("money_adjustments", "Adjustments"),
    ("money_purchases", "Payments"),
    ("money_events", "Stripe events"),
    ("money_reconcile", "Reconcile"),
    ("money_prices", "Prices"),
    ("money_codes", "Promo codes"),
)


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, title: str, tab: str, status: int = 200
) -> HttpResponseBase:
    """A page of money, with the others beside it."""
    values = {
        "place": "money",
        "tabs": TABS,
        "tab": tab,
        "off_days": closing.off_days() if staff.may(request.user, StaffAction.SEE_MONEY) else [],
    }
    return panel(request, f"staff/money/{template}.html", values | dict(context), title=title, status=status)
