"""Closes the days: what the postings of each day add up to, by kind of account, beside what the balances say.

A closed day is one more proof. It goes by the postings alone, so that a balance that was changed past them is found,
and so is a posting that was.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import structlog
from django.db import transaction
from django.db.models import Min, Sum
from django.utils import timezone
from django_scopes import scopes_disabled

from billing.models import Account, ClosedDay, Posting, Transaction
from billing.services import proof

log = structlog.get_logger(__name__)
LOOK_BACK = timedelta(days=366)
KINDS = [kind.value for kind in Account.Kind]


@dataclass(frozen=True)
class Line:
    """A kind of account: what the balances say now, what its postings came to up to the last closed day."""

    kind: str
    balance: int
    closed: int | None


@dataclass(frozen=True)
class Trial:
    """The trial balance. `day` is the last that was closed, None before the first."""

    lines: list[Line]
    day: date | None
    off_days: list[date]

    @property
    def total(self) -> int:
        return sum(line.balance for line in self.lines)

    @property
    def closed_total(self) -> int:
        return sum(line.closed or 0 for line in self.lines)

    @property
    def is_zero(self) -> bool:
        return self.total == 0 and self.closed_total == 0 and not self.off_days


def trial() -> Trial:
    """As the books stand now."""
    sums = proof.trial_balance()
    last = ClosedDay.objects.order_by("-day").values_list("day", flat=True).first()
    closed = dict(ClosedDay.objects.filter(day=last).values_list("kind", "micros")) if last else {}
    lines = [Line(kind, sums[kind], closed.get(kind, 0) if last else None) for kind in KINDS]
    return Trial(lines, last, off_days())


def off_days() -> list[date]:
    """The last closed days, a year back, whose accounts do not come to nothing."""
    rows = ClosedDay.objects.filter(day__gt=timezone.now().date() - LOOK_BACK).order_by("-day").values("day")
    return [row["day"] for row in rows.annotate(total=Sum("micros")).exclude(total=0)[:10]]


def days(*, number: int) -> list[tuple[date, dict[str, int]]]:
    """The last closed days, the newest first, each with what was held at its end by kind."""
    found: dict[date, dict[str, int]] = {}
    for day, kind, micros in ClosedDay.objects.order_by("-day").values_list("day", "kind", "micros")[
        : number * len(KINDS)
    ]:
        found.setdefault(day, {})[kind] = micros
    return list(found.items())


def close() -> int:
    """Close each day that is over and was not; how many."""
    done = 0
    while (day := _next()) and day < timezone.now().date():
        _close(day)
        done += 1
    return done


def _next() -> date | None:
    last = ClosedDay.objects.order_by("-day").values_list("day", flat=True).first()
    if last:
        return last + timedelta(days=1)
    with scopes_disabled():
        first = Transaction.objects.aggregate(first=Min("created_at"))["first"]
    return first.astimezone(UTC).date() if first else None


@transaction.atomic
def _close(day: date) -> None:
    before = dict(ClosedDay.objects.filter(day=day - timedelta(days=1)).values_list("kind", "micros"))
    moved = moved_on(day)
    sums = {kind: before.get(kind, 0) + moved.get(kind, 0) for kind in KINDS}
    rows = [ClosedDay(day=day, kind=kind, micros=micros) for kind, micros in sums.items()]
    ClosedDay.objects.bulk_create(rows, ignore_conflicts=True)
    if sum(sums.values()):
        log.error("day_does_not_come_to_nothing", day=day.isoformat(), **sums)


def moved_on(day: date) -> dict[str, int]:
    """What the postings of a day add up to, by kind of account."""
    begin = datetime.combine(day, time(), UTC)
    with scopes_disabled():
        rows = Posting.objects.filter(
            transaction__created_at__gte=begin, transaction__created_at__lt=begin + timedelta(days=1)
        )
        return {
            kind: int(total) for kind, total in rows.order_by().values_list("account__kind").annotate(Sum("amount"))
        }
