"""How the line stands at this moment: how long it is for whom, and what each worker does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, F, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.models import PlanGrant, Subscription
from generation import valkey
from generation.models import Generation
from generation.services import workers
from generation.services.workers import Worker

Status = Generation.Status
LIVE = ("trialing", "active", "past_due")


@dataclass(frozen=True)
class Waiting:
    """What waits in the line of a plan, or of batches."""

    plan: str
    number: int
    oldest: datetime | None


@dataclass(frozen=True)
class Busy:
    """A worker and what it draws; `worker` is None for one that no longer announces itself."""

    name: str
    worker: Worker | None
    drawing: list[Generation]


def waiting() -> list[Waiting]:
    """By plan. Runs where all workspaces are seen."""
    here = {"workspace": OuterRef("workspace")}
    bought = Subscription.objects.filter(status__in=LIVE, **here).order_by("-plan").values("plan")[:1]
    given = PlanGrant.objects.filter(ends_at__gt=timezone.now(), **here).order_by("-plan").values("plan")[:1]
    plan = Coalesce(Subquery(bought), Subquery(given), Value("free"), output_field=CharField())
    rows = Generation.objects.filter(status=Status.QUEUED).order_by()
    lined = rows.annotate(plan=Case(When(Q(batch__isnull=False), then=Value("batches")), default=plan))
    sums: Any = lined.values("plan").annotate(number=Count("pk"), oldest=Min(F("created_at"))).order_by("plan")
    return [Waiting(row["plan"], row["number"], row["oldest"]) for row in sums]


def at_work() -> list[Busy]:
    """Every live worker, and those that still have something."""
    live = {worker.name: worker for worker in valkey.hint("workers", lambda _: workers.live_workers()) or ()}
    drawing: dict[str, list[Generation]] = {name: [] for name in live}
    for row in Generation.objects.filter(status=Status.RUNNING).select_related("workspace").order_by("turn")[:200]:
        drawing.setdefault(row.worker, []).append(row)
    return [Busy(name, live.get(name), rows) for name, rows in sorted(drawing.items())]
