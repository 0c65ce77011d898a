"""The plans side by side, for everybody; who may pay for a workspace chooses one here."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_scopes import scope

from accounts.models import User, Workspace
from accounts.permissions import Action, allows
from accounts.services import workspaces
from billing import prices
from billing.models import Subscription
from billing.plans import FREE, GB, PLANS, Plan, plan_of
from billing.services import seats, subscriptions
from generation import catalog
from generation.pages import words

YEAR = Subscription.Interval.YEAR


@dataclass(frozen=True)
class Buyer:
    """Whom the page sells to: the workspace, and what it has."""

    workspace: Workspace
    plan: Plan
    subscription: Subscription | None
    members: int
    may_pay: bool


@dataclass(frozen=True)
class Offer:
    """A plan in words, as the reader can have it."""

    plan: Plan
    interval: str
    buyer: Buyer | None

    @property
    def price(self) -> str:
        """The price of a month, also where a year is paid at once."""
        micros = self.plan.yearly_micros // 12 if self.interval == YEAR else self.plan.monthly_micros
        return words.dollars(micros)

    @property
    def per(self) -> str:
        return "a seat a month" if self.plan.per_seat else "a month"

    @property
    def note(self) -> str:
        if not self.plan.monthly_micros:
            return "For ever"
        if self.interval == YEAR:
            return f"{words.dollars(self.plan.yearly_micros)} a year, two months free"
        return "Cancel whenever you like"

    @property
    def modes(self) -> str:
        return ", ".join(mode.label for mode in catalog.MODES.values() if mode.name in self.plan.modes)

    @property
    def days(self) -> list[str]:
        """Pictures a day of each mode that has any."""
        modes = [mode for mode in catalog.MODES.values() if self.plan.daily.get(mode.name)]
        return [f"{self.plan.daily[mode.name]:,} {mode.label}" for mode in modes]

    @property
    def members(self) -> str:
        if self.plan.per_seat:
            return "As many as you have seats"
        return "1 person" if self.plan.members == 1 else f"Up to {self.plan.members} people"

    @property
    def storage(self) -> str:
        return f"{self.plan.storage // GB} GB" + (" a seat" if self.plan.per_seat else "")

    @property
    def share(self) -> str:
        times = self.plan.weight // FREE.weight
        return "A fair share" if times == 1 else f"{times} times the share of {FREE.label}"

    @property
    def is_here(self) -> bool:
        """Whether the workspace has it; of one that is paid, in this interval."""
        if self.buyer is None or self.buyer.plan.name != self.plan.name:
            return False
        bought = self.buyer.subscription
        return bought is None or bought.plan != self.plan.name or bought.interval == self.interval

    @property
    def is_best(self) -> bool:
        """Which button is the page's first: the plan that fits the number of people, for who has none."""
        if self.buyer and self.buyer.subscription:
            return False
        many = self.buyer is not None and self.buyer.members > 1
        return self.plan.name == ("team" if many else "super")

    @property
    def why_not(self) -> str:
        """Why it cannot be chosen; "" where it can."""
        if self.buyer and self.plan.name == "super" and self.buyer.members > 1:
            return f"For one person. {self.buyer.workspace.name} has {self.buyer.members} members."
        return ""


@dataclass(frozen=True)
class ModeFacts:
    """A mode in words."""

    mode: catalog.Mode
    price_micros: int

    @property
    def sizes(self) -> str:
        return ", ".join(words.size(size) for size in self.mode.sizes)

    @property
    def price(self) -> str:
        return words.dollars(self.price_micros)


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """`?interval=year` shows what a year costs; `?workspace=` sells to another one than the last."""
    listed = prices.listed()
    interval = YEAR if request.GET.get("interval") == YEAR else Subscription.Interval.MONTH
    buyer = _buyer(request)
    context: dict[str, Any] = {
        "interval": interval,
        "buyer": buyer,
        "others": _others(request, buyer),
        "offers": [Offer(plan, interval, buyer) for plan in PLANS.values()],
        "modes": [ModeFacts(mode, listed[mode.name]) for mode in catalog.MODES.values()],
    }
    return render(request, "pages/plans.html", context)


def _buyer(request: HttpRequest) -> Buyer | None:
    if not isinstance(request.user, User):
        return None
    slug = request.GET.get("workspace") or request.session.get("workspace", "")
    workspace = workspaces.last(request.user, slug=slug)
    role = next(one.role for one in workspaces.memberships_of(request.user) if one.workspace_id == workspace.pk)
    with scope(workspace=workspace):
        plan = plan_of(workspace)
    return Buyer(
        workspace=workspace,
        plan=plan,
        subscription=subscriptions.live(workspace),
        members=seats.members(workspace),
        may_pay=allows(role, Action.MANAGE_MONEY),
    )


def _others(request: HttpRequest, buyer: Buyer | None) -> list[Workspace]:
    """The reader's other workspaces that they could pay for."""
    if buyer is None or not isinstance(request.user, User):
        return []
    rows = workspaces.memberships_of(request.user)
    return [
        row.workspace
        for row in rows
        if row.workspace_id != buyer.workspace.pk and allows(row.role, Action.MANAGE_MONEY)
    ]
