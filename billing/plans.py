"""What each plan holds, and which one a workspace has: its entitlements are asked of `plan_of` alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django_scopes import scope

from accounts.models import Membership, Workspace
from billing.models import EntitlementGrant, Paid, PlanGrant, Subscription
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
    now = timezone.now()
    on_time = Q(status__in=LIVE[:2]) | Q(status=LIVE[2], past_due_since__gt=now - GRACE)
    bought = Subscription.objects.filter(on_time, workspace=workspace)
    given = PlanGrant.objects.filter(workspace=workspace, ends_at__gt=now)
    beyond = EntitlementGrant.objects.filter(workspace=workspace, ends_at__gt=now)
    # Nobody has bought seats of a granted plan: there are as many as members.
    people = Membership.objects.filter(workspace=workspace).order_by().values("workspace").annotate(n=Count("pk"))
    return _row(bought, F("plan"), F("seats"), is_plan=True).union(
        _row(given, F("plan"), Coalesce(Subquery(people.values("n")), 1), is_plan=True),
        _row(beyond, F("name"), F("amount"), is_plan=False),
    )


def _row(rows: QuerySet[Any], name: Combinable, amount: Combinable, *, is_plan: bool) -> QuerySet[Any, Any]:
    return rows.order_by().values_list(Value(is_plan), name, Cast(amount, IntegerField()))


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
