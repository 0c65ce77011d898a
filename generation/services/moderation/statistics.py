"""How often each rule finds something, and how often moderators agree. For staff, who see all workspaces."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from generation.models import Appeal, Report, Rule, Verdict

REPORTS = "Reports by people"
NO_RULE = "Without a rule, or by one that is gone"
NAMES = ("hits", "dry", "decided", "upheld", "appeals", "granted")


@dataclass(frozen=True)
class Figures:
    """Of one rule: what it found, in a dry run and in earnest, and what came of that."""

    rule: Rule | None
    name: str
    hits: int = 0
    dry: int = 0
    decided: int = 0
    upheld: int = 0
    appeals: int = 0
    granted: int = 0

    @property
    def precision(self) -> float | None:
        """The share of what moderators looked at that they found right; None where they looked at nothing."""
        return self.upheld / self.decided if self.decided else None

    @property
    def percent(self) -> str:
        return "–" if self.precision is None else f"{self.precision:.0%}"


def of_rules(*, days: int) -> list[Figures]:
    """Those of all rules, then of reports, over the last days."""
    real = Q(is_dry=False)
    rows = Verdict.objects.filter(created_at__gte=timezone.now() - timedelta(days=days)).order_by()
    counted: Any = rows.values("rule", "stage").annotate(
        n_hits=Count("pk", filter=real),
        n_dry=Count("pk", filter=~real),
        n_decided=Count("pk", filter=Q(upheld__isnull=False)),
        n_upheld=Count("pk", filter=Q(upheld=True)),
        n_appeals=Count("pk", filter=Q(appeal__isnull=False)),
        n_granted=Count("pk", filter=Q(appeal__state=Appeal.State.GRANTED)),
    )
    counted = counted.values_list("rule", "stage", *(f"n_{name}" for name in NAMES))
    sums: dict[object, dict[str, int]] = {}
    for row in counted:
        rule, stage, *numbers = row
        key = rule or (REPORTS if stage == Verdict.Stage.REPORT else NO_RULE)
        before = sums.get(key, {})
        sums[key] = {name: before.get(name, 0) + number for name, number in zip(NAMES, numbers, strict=True)}
    found = [Figures(rule, rule.name, **sums.get(rule.pk, {})) for rule in Rule.objects.all()]
    return found + [Figures(None, name, **sums[name]) for name in (REPORTS, NO_RULE) if name in sums]


def open_reports() -> int:
    return Report.objects.filter(state=Report.State.OPEN).count()
