"""What each plan holds, and which one a workspace has: its entitlements are asked of `plan_of` alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django_scopes import scope

from accounts.models import Workspace
from billing.models import Paid, Subscription
from billing.prices import MICROS_PER_DOLLAR

GB = 1_000_000_000
GRACE = timedelta(days=7)
"""How long a plan stays open after a payment for it has failed."""
LIVE = (Subscription.Status.TRIALING, Subscription.Status.ACTIVE, Subscription.Status.PAST_DUE)
"""Of a subscription that Stripe goes on with; one that is past due opens the plan for `GRACE` only."""


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
    # What was granted beyond it, of the whole workspace, by `EntitlementGrant.Name`.
    granted: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def members_total(self) -> int:
        """How many people the workspace holds."""
        return self._all("members", self.members)

    @property
    def grows_with_members(self) -> bool:
        """Whether a further member only costs a further seat."""
        return self.per_seat

    @property
    def storage_total(self) -> int:
        """Bytes that the workspace may keep."""
        return max(self._all("", self.storage), self.granted.get("storage", 0) * GB)

    def daily_of(self, mode: str) -> int:
        """How many pictures a day the plan holds in a mode, of all members together."""
        return self._all(f"{mode}_a_day", self.daily.get(mode, 0))

    def _all(self, name: str, each: int) -> int:
        return max(each * (self.seats if self.per_seat else 1), self.granted.get(name, 0))

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

HELD = """
select true, plan, seats from billing_subscription where workspace_id = %(workspace)s
    and (status = any(%(live)s) or (status = %(late)s and past_due_since > %(grace)s))
union
-- Nobody has bought seats of a granted plan: there are as many as members.
select true, plan, greatest(1, (select count(*) from accounts_membership where workspace_id = %(workspace)s))::int
    from billing_plangrant where workspace_id = %(workspace)s and ends_at > %(now)s
union
select false, name, amount from billing_entitlementgrant where workspace_id = %(workspace)s and ends_at > %(now)s
"""
"""Words for the database, as each request asks: to have them put together costs more than the answer."""


def plan_of(workspace: Workspace) -> Plan:
    """The best plan that the workspace has at this moment, with what was granted beyond it. Runs in its scope."""
    plans: dict[str, int] = {}
    grants: dict[str, int] = {}
    for is_plan, name, amount in _held(workspace):
        into = plans if is_plan else grants
        into[name] = max(into.get(name, 0), amount)
    best = next((plan for plan in reversed(PLANS.values()) if plan.name in plans), FREE)
    seats = plans.get(best.name, 1) if best.per_seat else 1
    if seats == 1 and not grants:
        return best
    return _beyond(replace(best, seats=seats), grants)


def name_of(workspace: Workspace) -> str:
    """The name of that plan, wherever it is asked."""
    with scope(workspace=workspace):
        return plan_of(workspace).name


def _held(workspace: Workspace) -> Iterable[tuple[bool, str, int]]:
    """(is a plan, its name, its seats), and (is none, what was granted, how much): one query, as it is asked often."""
    # Asks nothing, but raises ScopeError where a mistake has led here outside any scope.
    Subscription.objects.all()
    now = timezone.now()
    with connection.cursor() as cursor:
        live, late = [status.value for status in LIVE[:2]], LIVE[2].value
        asked: dict[str, Any] = {"workspace": workspace.pk, "live": live, "late": late}
        cursor.execute(HELD, asked | {"grace": now - GRACE, "now": now})
        return [(is_plan, name, amount) for is_plan, name, amount in cursor.fetchall()]


def _beyond(plan: Plan, granted: Mapping[str, int]) -> Plan:
    """The plan with each grant where it is better."""
    numbers = {
        name: max(getattr(plan, name), granted.get(name, 0)) for name in ("running", "queued", "weight", "adapters")
    }
    more = dict(granted)
    modes = plan.modes
    if "pro" in granted:
        modes |= {"pro"}
        # Pro without a number of pictures is as much of it as Super has.
        more["pro_a_day"] = max(granted.get("pro_a_day", 0), PLANS[Paid.SUPER].daily["pro"])
    return replace(plan, modes=modes, video=plan.video or "video" in granted, granted=more, **numbers)


def plans_with(mode: str) -> list[Plan]:
    """The plans that open `mode`."""
    return [plan for plan in PLANS.values() if mode in plan.modes]
