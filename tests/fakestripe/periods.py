"""Billing periods, counted from an anchor: one that begins on the 31st ends on the last day of a shorter month."""

import calendar
import datetime
from fractions import Fraction

from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import DAY


def after(anchor: int, recurring: Obj, count: int) -> int:
    """The moment that is so many periods after the anchor."""
    count *= recurring["interval_count"]
    if recurring["interval"] in {"day", "week"}:
        return anchor + count * DAY * (7 if recurring["interval"] == "week" else 1)
    start = datetime.datetime.fromtimestamp(anchor, datetime.UTC)
    months = start.month - 1 + count * (12 if recurring["interval"] == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def end(anchor: int, recurring: Obj, start: int) -> int:
    """The end of the period that begins at `start`: the first moment after it that the anchor leads to."""
    count = 1
    while (moment := after(anchor, recurring, count)) <= start:
        count += 1
    return moment


def share(amount: int, item: Obj, now: int) -> int:
    """What of an amount falls on the rest of the item's period, to the nearest cent."""
    start, end = item["current_period_start"], item["current_period_end"]
    left = Fraction(max(end - now, 0), max(end - start, 1))
    return round(amount * left)
