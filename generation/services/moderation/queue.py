"""What waits for moderators, with what they need to know about it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from generation.models import Appeal, Report, Verdict

State = Verdict.State
AT_ONCE = 40


@dataclass(frozen=True)
class Record:
    """What is known of a person: verdicts of the last year on what they asked for, and how many were found right."""

    verdicts: int = 0
    upheld: int = 0


@dataclass(frozen=True)
class Case:
    verdict: Verdict
    record: Record
    appeal: Appeal | None = None
    # Of the same thing, what else was found.
    beside: list[Verdict] = field(default_factory=list)

    @property
    def has_picture(self) -> bool:
        return bool(self.verdict.picture_id or self.verdict.file_key)


def waiting(by: User) -> QuerySet[Verdict]:
    """What this moderator may decide, the oldest first. For staff, who see all workspaces."""
    rows = Verdict.objects.exclude(state=State.SETTLED).exclude(first_by=by)
    return rows.order_by("created_at", "pk")


def cases(by: User, *, limit: int = AT_ONCE) -> list[Case]:
    """The oldest of what waits, each thing once however much was found in it."""
    found: dict[tuple[Any, ...], list[Verdict]] = defaultdict(list)
    for verdict in _whole(waiting(by))[: 2 * limit]:
        found[(verdict.generation_id, verdict.picture_id, verdict.index, verdict.stage)].append(verdict)
    return _cases(list(found.values())[:limit])


def case(verdict: Verdict) -> Case:
    """One, whether or not it is decided."""
    return _cases([[_whole(Verdict.objects.filter(pk=verdict.pk)).get()]])[0]


def history(person: User | None, *, limit: int = 20) -> list[Verdict]:
    """The newest verdicts on what a person asked for."""
    if person is None:
        return []
    rows = Verdict.objects.filter(generation__requested_by=person, is_dry=False)
    return list(rows.select_related("rule", "generation", "decided_by").order_by("-created_at")[:limit])


def _whole(rows: QuerySet[Verdict]) -> QuerySet[Verdict]:
    reports = Prefetch("reports", Report.objects.select_related("reporter").order_by("created_at"))
    about = ("workspace", "generation__requested_by", "picture", "rule", "appeal", "first_by")
    return rows.select_related(*about).prefetch_related(reports)


def _cases(groups: list[list[Verdict]]) -> list[Case]:
    records = _records(group[0].generation.requested_by_id for group in groups)
    return [
        Case(
            group[0],
            records.get(group[0].generation.requested_by_id, Record()),
            getattr(group[0], "appeal", None),
            group[1:],
        )
        for group in groups
    ]


def _records(people: Iterable[UUID | None]) -> dict[UUID | None, Record]:
    since = timezone.now() - timedelta(days=365)
    rows = Verdict.objects.filter(generation__requested_by__in={one for one in people if one}, created_at__gte=since)
    counted = rows.filter(is_dry=False).order_by().values_list("generation__requested_by")
    found = counted.annotate(all=Count("pk"), upheld=Count("pk", filter=Q(upheld=True)))
    return {person: Record(every, upheld) for person, every, upheld in found}
