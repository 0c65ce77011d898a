"""What each plan holds, and which one a workspace has."""

from dataclasses import dataclass

from django.db.models.functions import Now

from accounts.models import Workspace
from billing.models import PlanGrant
from billing.prices import MICROS_PER_DOLLAR


@dataclass(frozen=True)
class Plan:
    """`weight` is its share of a busy site; `running` generations are drawn at once, `queued` may be open at once."""

    name: str
    label: str
    price_micros: int
    modes: frozenset[str]
    weight: int
    running: int
    queued: int
    per_seat: bool = False


_OPEN_TO_ALL = frozenset({"speed", "quality"})
_ALL = _OPEN_TO_ALL | {"pro"}
_SUPER_MICROS = 30 * MICROS_PER_DOLLAR

FREE = Plan("free", "Free", 0, _OPEN_TO_ALL, weight=1, running=2, queued=8)
PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        FREE,
        Plan("super", "Super", _SUPER_MICROS, _ALL, weight=4, running=4, queued=40),
        Plan("team", "Team", _SUPER_MICROS, _ALL, weight=4, running=8, queued=100, per_seat=True),
    )
}
"""By name, each at least as good as the one before it."""


def plan_of(workspace: Workspace) -> Plan:
    """The best plan that the workspace has at this moment. Runs in its scope."""
    granted = set(PlanGrant.objects.filter(workspace=workspace, ends_at__gt=Now()).values_list("plan", flat=True))
    return next((plan for plan in reversed(PLANS.values()) if plan.name in granted), FREE)


def plans_with(mode: str) -> list[Plan]:
    """The plans that open `mode`."""
    return [plan for plan in PLANS.values() if mode in plan.modes]
