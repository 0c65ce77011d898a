"""The items of a subscription: what is paid for, how many, and in which period."""

from typing import Any

import stripe

from tests.fakestripe import invoices
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store, new_id
from tests.fakestripe.wire import Refused


def item(store: Store, subscription: str, price: Obj, quantity: int, start: int, end: int, **more: Any) -> Obj:
    if not price["recurring"]:
        raise Refused(f"The price {price['id']} is of type one_time: a subscription needs a recurring one.")
    plan = shape(
        stripe.Plan, id=price["id"], object="plan", active=price["active"], amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"], billing_scheme="per_unit", created=price["created"],
        currency=price["currency"], interval=price["recurring"]["interval"],
        interval_count=price["recurring"]["interval_count"], livemode=False, metadata=price["metadata"],
        nickname=price["nickname"], product=price["product"], usage_type="licensed",
    )  # fmt: skip
    common: Obj = {"id": new_id("si"), "created": store.now(), "metadata": {}}
    return shape(
        stripe.SubscriptionItem, object="subscription_item", billed_until=end, current_period_start=start,
        current_period_end=end, discounts=[], plan=plan, price=price, quantity=quantity, subscription=subscription,
        tax_rates=[], **common | more,
    )  # fmt: skip


def items(one: Obj) -> list[Obj]:
    return list(one["items"]["data"])


def interval(entry: Obj) -> tuple[str, int]:
    return entry["plan"]["interval"], entry["plan"]["interval_count"]


def amount(one: Obj) -> int:
    return int(one["price"]["unit_amount"] * one["quantity"])


def period_end(one: Obj) -> int:
    return int(items(one)[0]["current_period_end"])


def lines_of(store: Store, one: Obj) -> list[Obj]:
    """A line an item, for its current period."""
    return [
        invoices.line(
            store, entry["price"], entry["quantity"], amount(entry), entry["current_period_start"],
            entry["current_period_end"], subscription=one["id"], item=entry["id"],
        )
        for entry in items(one)
    ]  # fmt: skip
