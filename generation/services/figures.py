"""Counts what the staff's overview shows, an hour and a day at a time; the pages read the sums alone.

Beat counts the running and the last hour and day every few minutes, as what was begun in them may end since, and what
is missing further back a little at a time.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, QuerySet, Sum
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from billing.models import Account, Subscription, Transaction
from billing.plans import PLANS
from generation.models import ApiCall, Figure, Generation, StorageUse
from generation.services.call_figures import Percentile

Span = Figure.Span
STEP = {Span.HOUR: timedelta(hours=1), Span.DAY: timedelta(days=1)}
KEPT = {Span.HOUR: 24, Span.DAY: 31}
AT_ONCE = 4
"""Spans that are missing further back, counted in one go."""

Status = Generation.Status
Money = Transaction.Kind
LIVE = ("trialing", "active", "past_due")


class Within(Percentile):
    """The time within which a share of the rows was done."""

    output_field: ClassVar[Any] = DurationField()


def refresh() -> int:
    """Count what is new or missing; how many spans."""
    with scopes_disabled():
        return sum(_refresh(span) for span in Span)


def _refresh(span: str) -> int:
    begins = steps(span)
    known = set(Figure.objects.filter(span=span, begins_at__gte=begins[0]).values_list("begins_at", flat=True))
    missing = [begin for begin in reversed(begins[:-2]) if begin not in known]
    for begin in (due := [*begins[-2:], *missing[:AT_ONCE]]):
        count(span, begin)
    return len(due)


def steps(span: str) -> list[datetime]:
    """The spans that the overview shows, the running one last."""
    now = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    last = now if span == Span.HOUR else now.replace(hour=0)
    return [last - STEP[Span(span)] * back for back in reversed(range(KEPT[Span(span)]))]


def count(span: str, begin: datetime) -> None:
    """Count one span anew."""
    end = begin + STEP[Span(span)]
    values = dict(_people(begin, end)) | dict(_generations(begin, end)) | dict(_requests(begin, end))
    values |= dict(_money(begin, end)) | dict(_subscriptions(begin, end))
    if end > timezone.now():
        # Only known as of now.
        values |= dict(_stock())
    rows = [Figure(span=span, begins_at=begin, name=name, value=value) for name, value in values.items()]
    unique = ["span", "begins_at", "name"]
    Figure.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=["value", "counted_at"])


Values = Iterator[tuple[str, int]]


def _people(begin: datetime, end: datetime) -> Values:
    yield "sign_ups", User.objects.filter(date_joined__gte=begin, date_joined__lt=end).count()


def _generations(begin: datetime, end: datetime) -> Values:
    rows = Generation.objects.filter(created_at__gte=begin, created_at__lt=end).order_by()
    yield "active", rows.aggregate(n=Count("workspace", distinct=True))["n"]
    for row in rows.values("mode", "status").annotate(n=Count("pk")):
        yield f"made:{row['mode']}:{row['status']}", row["n"]
    done = rows.filter(status=Status.SUCCEEDED)
    yield from _times("finish", done, "finished_at")
    yield from _times("preview", done.filter(first_preview_at__isnull=False), "first_preview_at")


def _times(name: str, rows: QuerySet[Generation], field: str) -> Values:
    took = rows.annotate(took=ExpressionWrapper(F(field) - F("created_at"), DurationField()))
    found = took.aggregate(p50=Within("took", share=0.5), p95=Within("took", share=0.95))
    for share, value in found.items():
        if value is not None:
            yield f"{name}:{share}", round(value.total_seconds() * 1000)


def _requests(begin: datetime, end: datetime) -> Values:
    rows = ApiCall.objects.filter(created_at__gte=begin, created_at__lt=end)
    found = rows.aggregate(n=Count("pk"), failed=Count("pk", filter=Q(outcome=ApiCall.Outcome.SERVER)))
    yield "calls", found["n"]
    yield "calls_failed", found["failed"]


def _money(begin: datetime, end: datetime) -> Values:
    rows = Transaction.objects.filter(created_at__gte=begin, created_at__lt=end).order_by()
    sums = dict(rows.values_list("kind").annotate(total=Sum("credit_micros")))
    yield "sold", sums.get(Money.PURCHASE, 0)
    yield "returned", -sums.get(Money.RETURN, 0) - sums.get(Money.DISPUTE, 0)
    yield "spent", -sums.get(Money.CAPTURE, 0) - sums.get(Money.REFUND, 0)
    yield "given", sums.get(Money.GRANT, 0)


def _subscriptions(begin: datetime, end: datetime) -> Values:
    rows = Subscription.objects.order_by()
    began = rows.filter(created_at__lt=end).exclude(status__startswith="incomplete")
    live = began.filter(Q(ended_at=None, status__in=LIVE) | Q(ended_at__gte=end))
    prices = live.values_list("plan", "interval").annotate(seats=Sum("seats"))
    yield "mrr", sum(_monthly(plan, interval) * seats for plan, interval, seats in prices)
    yield "subscribed", live.count()
    yield "subscriptions_ended", began.filter(ended_at__gte=begin, ended_at__lt=end).count()


def _monthly(plan: str, interval: str) -> int:
    known = PLANS.get(plan)
    return (known.yearly_micros // 12 if interval == "year" else known.monthly_micros) if known else 0


def _stock() -> Values:
    kinds = [Account.Kind.WALLET, Account.Kind.GIFT, Account.Kind.HELD]
    yield "outstanding", Account.objects.filter(kind__in=kinds).aggregate(n=Sum("balance"))["n"] or 0
    yield "stored", StorageUse.objects.aggregate(n=Sum("bytes"))["n"] or 0
    month_ago = timezone.now() - timedelta(days=30)
    asked = Generation.objects.filter(created_at__gte=month_ago)
    yield "active_in_30_days", asked.aggregate(n=Count("workspace", distinct=True))["n"]


Table = Mapping[str, Mapping[datetime, int]]


def read(span: str, last: int) -> tuple[list[datetime], Table, datetime | None]:
    """The `last` spans, by name and time what was counted, and when that was last done."""
    begins = steps(span)[-last:]
    rows: Iterable[tuple[str, datetime, int]] = Figure.objects.filter(span=span, begins_at__gte=begins[0]).values_list(
        "name", "begins_at", "value"
    )
    found: dict[str, dict[datetime, int]] = {}
    for name, begin, value in rows:
        found.setdefault(name, {})[begin.astimezone(UTC)] = value
    counted = Figure.objects.filter(span=Span.HOUR, begins_at__gte=begins[-1]).aggregate(at=Max("counted_at"))["at"]
    return begins, found, counted
