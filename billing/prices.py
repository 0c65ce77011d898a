"""The price list, in micro-dollars (1 USD = 1,000,000): a second of video need not cost whole cents.

Prices are rows with the day they begin; a request keeps the price of the moment it was made.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import audit
from billing.models import Price

MICROS_PER_DOLLAR = 1_000_000

WELCOME_MICROS = 25 * MICROS_PER_DOLLAR
"""Given once to a person's first developer workspace."""

SHARING_MICROS = 150 * MICROS_PER_DOLLAR
"""Given each month to a workspace that shares its data."""

Item = Price.Item

FIRST = {
    Item.SPEED.value: 70_000,
    Item.QUALITY.value: 70_000,
    Item.PRO.value: 140_000,
    Item.VIDEO_SECOND.value: 100_000,
    Item.LORA_RUN.value: 2 * MICROS_PER_DOLLAR,
}
"""The list that holds until a row says otherwise."""


def listed(*, at: datetime | None = None) -> dict[str, int]:
    """What each item costs at a moment (now), by name."""
    rows = Price.objects.filter(valid_from__lte=at or timezone.now()).order_by("item", "-valid_from").distinct("item")
    return FIRST | dict(rows.values_list("item", "micros"))


def of(item: str, *, at: datetime | None = None) -> int:
    """What one of `item` costs at a moment (now). Raises KeyError for what is not on the list."""
    return listed(at=at)[item]


def batched(item: str, *, at: datetime | None = None) -> int:
    """What one of `item` costs in a batch: half, in whole micro-dollars, rounded down. Raises KeyError as `of` does."""
    return of(item, at=at) // 2


@transaction.atomic
def change(price: Price, *, by: User | None) -> None:
    """Add a row to the list, for good. Raises ValidationError, as for one that would begin before it was made."""
    price.set_by = by
    price.full_clean()
    price.save()
    since = f"{price.valid_from:%Y-%m-%d %H:%M}"
    audit.record("price.set", workspace=None, actor=by, target=price.get_item_display(), micros=price.micros,
                 since=since, reason=price.reason)  # fmt: skip
