"""What the log of requests adds up to: how many, how they ended, how long they took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Aggregate, Count, FloatField, Q, QuerySet
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from accounts.models import User, Workspace
from generation.models import ApiCall
from generation.services import calls

Outcome = ApiCall.Outcome
PATHS = 8
"""Routes in the table; addresses with ids in them would make it endless."""


class Percentile(Aggregate):
    """The value below which a share of the rows lies."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) within group (order by %(expressions)s)"
    output_field: ClassVar[FloatField[Any, Any]] = FloatField()


@dataclass(frozen=True)
class Span:
    """The last `count` hours or days in UTC, the one that runs among them."""

    name: str
    step: timedelta
    count: int

    @property
    def steps(self) -> list[datetime]:
        now = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        last = now if self.step < timedelta(days=1) else now.replace(hour=0)
        return [last - self.step * back for back in reversed(range(self.count))]


DAY = Span("day", timedelta(hours=1), 24)
MONTH = Span("month", timedelta(days=1), 30)


@dataclass(frozen=True)
class Figures:
    """`middle` and `slow` are milliseconds that half, and nineteen of twenty, requests did not take; None of none."""

    requests: int
    failed: int
    middle: float | None
    slow: float | None
    path: str = ""

    @property
    def failed_percent(self) -> float:
        return 100 * self.failed / self.requests if self.requests else 0.0


def by_step(*, workspace: Workspace, maker: User | None, span: Span) -> Mapping[str, dict[date, int]]:
    """By outcome, how many came in each step."""
    trunc = TruncHour if span.step < timedelta(days=1) else TruncDay
    rows = _since(workspace, maker, span).annotate(at=trunc("created_at", tzinfo=UTC)).values("at", "outcome")
    found: dict[str, dict[date, int]] = {outcome: {} for outcome in Outcome}
    for row in rows.annotate(number=Count("pk")):
        found[row["outcome"]][row["at"]] = row["number"]
    return found


def total(*, workspace: Workspace, maker: User | None, span: Span) -> Figures:
    """Of all requests together."""
    sums: Any = _since(workspace, maker, span).aggregate(**_sums())
    return Figures(**sums)


def by_path(*, workspace: Workspace, maker: User | None, span: Span) -> list[Figures]:
    """Of the paths that were asked most, the busiest first."""
    rows = _since(workspace, maker, span).values("path").annotate(**_sums())
    found: Any = rows.order_by("-requests", "path")[:PATHS]  # type: ignore[misc]  # the sums are not seen
    return [Figures(**row) for row in found]


def _since(workspace: Workspace, maker: User | None, span: Span) -> QuerySet[ApiCall]:
    return calls.seen_by(workspace=workspace, maker=maker).filter(created_at__gte=span.steps[0]).order_by()


def _sums() -> dict[str, Aggregate]:
    return {
        "requests": Count("pk"),
        "failed": Count("pk", filter=~Q(outcome=Outcome.OK)),
        "middle": Percentile("milliseconds", share=0.5),
        "slow": Percentile("milliseconds", share=0.95),
    }
