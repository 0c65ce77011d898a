"""Who used what: pictures delivered by day, person, key, model and mode, with the credit they cost."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, TruncDate

from accounts.models import User, Workspace
from generation.models import Picture
from generation.services import limits

LONGEST = 92
"""Days of a period."""

PEOPLE = 100
"""People, or keys, in a table of a page; the CSV has all."""

CSV_ROWS = 100_000
PAGES, GONE = "page", "api"
"""In place of a key: what was asked for on the pages, and by keys that are no more."""

ASKED_BY = "generation__requested_by"
COLUMNS: dict[str, Any] = {
    "day": TruncDate("created_at", tzinfo=UTC),
    "person": F(ASKED_BY),
    "name": F(f"{ASKED_BY}__display_name"),
    "email": F(f"{ASKED_BY}__email"),
    "mode": F("generation__mode"),
    "key": Coalesce(Cast("generation__api_key", CharField()), "generation__source"),
    "key_name": F("generation__api_key__name"),
    "model": F("generation__model"),
}


@dataclass(frozen=True)
class Period:
    """Whole days in UTC, both ends included; LONGEST at most."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Line:
    """One sum. What was not asked for is None or ""."""

    pictures: int
    micros: int
    day: date | None = None
    person: UUID | None = None
    name: str = ""
    email: str = ""
    mode: str = ""
    key: str = ""
    key_name: str = ""
    model: str = ""


def by_day(*, workspace: Workspace, period: Period, person: User | None = None) -> list[Line]:
    """A line a day and mode; of `person` alone if given."""
    return _lines(_drawn(workspace, period, person), "day", "mode", limit=LONGEST * 10)


def by_day_of(
    part: str, values: Collection[Any], *, workspace: Workspace, period: Period, person: User | None = None
) -> list[Line]:
    """A line a day and value of `part`, "person", "key" or "model", for these values of it."""
    rows = _among(_drawn(workspace, period, person), part, values)
    return _lines(rows, "day", part, limit=LONGEST * max(1, len(values)))


def by_person(*, workspace: Workspace, period: Period, person: User | None = None) -> list[Line]:
    """A line a person and mode of those PEOPLE who drew most, the busiest first."""
    return _busiest(_drawn(workspace, period, person), "person", "name", "email")


def by_key(*, workspace: Workspace, period: Period, person: User | None = None) -> list[Line]:
    """A line a key and mode of those that drew most, the busiest first; PAGES and GONE stand for no key."""
    return _busiest(_drawn(workspace, period, person), "key", "key_name")


def by_model(*, workspace: Workspace, period: Period, person: User | None = None) -> list[Line]:
    """A line a model and mode, what drew most first; the model is the one that drew the end of a generation."""
    return _busiest(_drawn(workspace, period, person), "model")


def people(*, workspace: Workspace, period: Period) -> int:
    """How many drew in the period."""
    rows = _drawn(workspace, period, None)
    # Nobody, whose account is gone, counts as one.
    return len(set(rows.order_by().values_list(ASKED_BY).distinct()[:CSV_ROWS]))


def everything(*, workspace: Workspace, period: Period, person: User | None = None) -> list[Line]:
    """A line a day, person, mode, key and model, CSV_ROWS at most."""
    keys = ("day", "name", "email", "mode", "key", "key_name", "model")
    return _lines(_drawn(workspace, period, person), *keys, limit=CSV_ROWS)


def _drawn(workspace: Workspace, period: Period, person: User | None) -> QuerySet[Picture]:
    begin = datetime.combine(period.first, time(), UTC)
    end = datetime.combine(period.last + timedelta(days=1), time(), UTC)
    rows = Picture.objects.filter(workspace=workspace, created_at__gte=begin, created_at__lt=end)
    if person:
        rows = rows.filter(generation__requested_by=person)
    return rows.order_by()


def _busiest(rows: QuerySet[Picture], part: str, *more: str) -> list[Line]:
    """Sums by `part` and mode of the PEOPLE values of it that have most pictures, in this order."""
    counts = rows.annotate(part=COLUMNS[part]).values_list("part").annotate(drawn=Count("pk"))
    ranks = {value: place for place, (value, _) in enumerate(counts.order_by("-drawn", "part")[:PEOPLE])}
    lines = _lines(_among(rows, part, ranks), part, *more, "mode", limit=PEOPLE * 10)
    return sorted(lines, key=lambda line: ranks[getattr(line, part)])


def _among(rows: QuerySet[Picture], part: str, values: Collection[Any]) -> QuerySet[Picture]:
    # Whose account is gone is nobody, and no `in` finds nobody.
    nobody = Q(part=None) if None in values else Q()
    return rows.annotate(part=COLUMNS[part]).filter(Q(part__in=[one for one in values if one is not None]) | nobody)


def _lines(rows: QuerySet[Picture], *keys: str, limit: int) -> list[Line]:
    """Sums by `keys`, which are fields of Line."""
    columns = {f"by_{key}": COLUMNS[key] for key in keys}
    sums = rows.annotate(**columns).values(*columns).order_by(*columns)
    found = sums.annotate(pictures=Count("pk"), micros=Sum(limits.paid()))[:limit]
    return [_line(row, keys) for row in found]


def _line(row: dict[str, Any], keys: Iterable[str]) -> Line:
    given = {key: row[f"by_{key}"] for key in keys if row[f"by_{key}"] is not None}
    return Line(pictures=row["pictures"], micros=row["micros"], **given)
