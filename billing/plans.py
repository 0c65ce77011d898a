"""What each plan holds, and which one a workspace has: its entitlements are asked of `plan_of` alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Now

from accounts.models import Workspace
from billing.models import PlanGrant
from billing.prices import MICROS_PER_DOLLAR

GB = 1_000_000_000


@dataclass(frozen=True)
class Plan:
    """`weight` is its share of a busy site; `running` generations are drawn at once, `queued` may be open at once.

    `daily` is how many pictures a mode has a day on the pages, `members` how many people, `storage` is in bytes; of a
    plan that is paid by the seat these three are for each seat, as are its prices.
    """

    name: str
    label: str
    modes: frozenset[str]
    daily: Mapping[str, int]
    weight: int
    running: int
    queued: int
    members: int
    storage: int
    adapters: int
    video: bool = False
    monthly_micros: int = 0
    per_seat: bool = False
    seats: int = field(default=1, compare=False)

    @property
    def yearly_micros(self) -> int:
        """Two months are free."""
        return self.monthly_micros * 10

    def micros(self, interval: str) -> int:
        """The price of one seat for an interval, "month" or "year"."""
        return self.yearly_micros if interval == "year" else self.monthly_micros


_OPEN_TO_ALL = frozenset({"speed", "quality"})
_ALL = _OPEN_TO_ALL | {"pro"}
_PAID: dict[str, Any] = {"modes": _ALL, "video": True, "weight": 4, "monthly_micros": 30 * MICROS_PER_DOLLAR}

FREE = Plan(
    "free", "Free", _OPEN_TO_ALL, {"speed": 200, "quality": 40, "pro": 0},
    weight=1, running=2, queued=8, members=5, storage=2 * GB, adapters=0,
)  # fmt: skip
PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        FREE,
        Plan("super", "Super", daily={"speed": 2000, "quality": 400, "pro": 100},
             running=4, queued=40, members=1, storage=50 * GB, adapters=5, **_PAID),
        Plan("team", "Team", daily={"speed": 2000, "quality": 400, "pro": 100},
             running=8, queued=100, members=1, storage=50 * GB, adapters=5, per_seat=True, **_PAID),
    )
}  # fmt: skip
"""By name, each at least as good as the one before it."""


def plan_of(workspace: Workspace) -> Plan:
    """The best plan that the workspace has at this moment, with what was granted beyond it. Runs in its scope."""
    granted = set(PlanGrant.objects.filter(workspace=workspace, ends_at__gt=Now()).values_list("plan", flat=True))
    return next((plan for plan in reversed(PLANS.values()) if plan.name in granted), FREE)


def plans_with(mode: str) -> list[Plan]:
    """The plans that open `mode`."""
    return [plan for plan in PLANS.values() if mode in plan.modes]
