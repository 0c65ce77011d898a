"""What API keys spend, and the cap on it.

A request counts in the calendar month (UTC) in which it was made: with all that is reserved for it, and once it is over
with what was delivered. The sum is taken from the rows of requests and ledger each time, so no counter can drift.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import BigIntegerField, Case, CharField, F, OuterRef, Sum, When
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import ApiKey
from billing import ledger
from generation.models import Generation

Status = Generation.Status


class KeyLimitReached(Exception):
    """The request would take the key beyond its cap of this month."""

    def __init__(self, *, api_key: ApiKey, cap_micros: int, spent_micros: int, cost_micros: int) -> None:
        super().__init__(f"key {api_key.key_id}: {spent_micros} of {cap_micros} are spent, {cost_micros} are needed")
        self.api_key = api_key
        self.cap_micros = cap_micros
        self.spent_micros = spent_micros
        self.cost_micros = cost_micros


def month_start() -> datetime:
    return timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def this_month(keys: Iterable[ApiKey]) -> dict[UUID, int]:
    """Micro-dollars by key. Runs in the scope of their workspace."""
    sums = dict.fromkeys((key.pk for key in keys), 0)
    rows = Generation.objects.filter(api_key__in=list(sums), created_at__gte=month_start()).order_by()
    # What is open holds all that it may cost, and what succeeded has cost it: only the rest is looked up one by one.
    cost = (F("n") - F("included")) * F("price_micros")
    whole = When(status__in=[Status.QUEUED, Status.RUNNING, Status.SUCCEEDED], then=cost)
    taken = Case(whole, default=ledger.taken(OuterRef("hold")), output_field=BigIntegerField())
    each = rows.annotate(hold=Cast("pk", CharField())).annotate(taken=taken)
    return sums | dict(each.values_list("api_key").annotate(total=Sum("taken")))


def admit(*, api_key: ApiKey, cost_micros: int) -> None:
    """Let the key spend so much in the transaction around. Raises KeyLimitReached."""
    # Read anew and locked: of two requests at once the second sees what the first reserves.
    row = ApiKey.objects.select_for_update(no_key=True).get(pk=api_key.pk)
    if row.monthly_cap_micros is None:
        return
    spent = this_month([row])[row.pk]
    if spent + cost_micros > row.monthly_cap_micros:
        raise KeyLimitReached(
            api_key=api_key, cap_micros=row.monthly_cap_micros, spent_micros=spent, cost_micros=cost_micros
        )
