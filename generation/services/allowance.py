"""What a plan's day holds on the pages, what of it is left, and what a request costs beyond it.

A day begins at midnight UTC. As with the limits of members, what is still to be drawn counts like what was delivered
today, and what was stopped or failed counts no longer. The day is the workspace's, shared by its members. A free day is
each person's too: what they drew of free days in other workspaces counts against it, so many of these bring no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User, Workspace
from billing import prices
from billing.plans import FREE, Plan
from generation import catalog
from generation.models import Generation, Picture
from generation.services import limits

Status = Generation.Status


class AllowanceUsed(Exception):
    """The day's pictures do not suffice, and no credit is to be used; `field` is "n" where fewer would be possible."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Left:
    """Of one mode's pictures a day: how many there are, and how many are used here and by this person elsewhere."""

    most: int
    here: int = 0
    mine: int = 0

    @property
    def used(self) -> int:
        return max(self.here, self.mine)

    @property
    def left(self) -> int:
        return max(0, self.most - self.used)


NOTHING = Left(0)


@dataclass(frozen=True)
class Terms:
    """How a request is paid: its first `included` pictures by the plan, each of the `paid` others by `price_micros`."""

    included: int
    paid: int
    price_micros: int
    is_free: bool = False
    left: Left = NOTHING

    @property
    def cost_micros(self) -> int:
        return self.paid * self.price_micros


def is_free(plan: Plan) -> bool:
    return plan.name == FREE.name


def today(*, workspace: Workspace, plan: Plan, person: User | None) -> dict[str, Left]:
    """What is left of this day by mode, for what `person` asks next."""
    counted = person if is_free(plan) else None
    used = _used(workspace, counted)
    return {name: Left(plan.daily_of(name), *used.get(name, (0, 0))) for name in catalog.MODES}


def by_picture(*, mode: catalog.Mode, n: int) -> Terms:
    """The terms of the API: each picture is paid."""
    return Terms(0, n, prices.of(mode.name))


def by_batch(*, mode: catalog.Mode, n: int, at: datetime) -> Terms:
    """The terms of a batch that was sent at that time: each picture is paid, by half its price."""
    return Terms(0, n, prices.batched(mode.name, at=at))


def split(*, workspace: Workspace, plan: Plan, person: User | None, mode: catalog.Mode, n: int) -> Terms:
    """The terms of the pages: the plan's day first, then credit. Runs under the lock that `admit.to_queue` takes."""
    if is_free(plan) and person:
        _hold(person)
    left = today(workspace=workspace, plan=plan, person=person)[mode.name]
    included = min(n, left.left)
    price = prices.of(mode.name) if included < n else 0
    return Terms(included, n - included, price, is_free(plan) and included > 0, left)


def used_up(*, plan: Plan, mode: catalog.Mode, terms: Terms) -> AllowanceUsed:
    """What is said when the day does not suffice and no credit is to be used."""
    left, wanted = terms.left, terms.included + terms.paid
    if not left.most:
        said = f"The plan {plan.label} holds no {mode.label} pictures a day."
    elif terms.included:
        said = f"{terms.included} of today's {left.most:,} {mode.label} pictures are left, and you asked for {wanted}."
    elif left.mine > left.here:
        said = f"Your {left.most:,} free {mode.label} pictures of today are used up, counted over all your workspaces."
    else:
        said = f"Today's {left.most:,} {mode.label} pictures of this workspace are used up."
    begins = f" New ones come at midnight UTC, in {_until_midnight()}." if left.most else ""
    more = ", and an owner can choose a plan with more" if is_free(plan) else ""
    cost = f" With credit this costs ${terms.cost_micros / prices.MICROS_PER_DOLLAR:.2f}{more}. Nothing was charged."
    return AllowanceUsed(said + begins + cost, field="n" if terms.included else "")


def _until_midnight() -> str:
    minutes = (limits.today() + timedelta(days=1) - timezone.now()) // timedelta(minutes=1) + 1
    return f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} h"


def _hold(person: User) -> None:
    """Requests of one person in two workspaces see each other. After the workspace's lock, and nothing comes after."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"allowance:{person.pk}"])


def _used(workspace: Workspace, person: User | None) -> dict[str, tuple[int, int]]:
    """Pictures of this day by mode: of the workspace, and of the person's free days everywhere."""
    here, mine = Q(workspace=workspace), Q(requested_by=person, is_free=True) if person else Q(pk=None)
    with scopes_disabled():
        of_day = Q(included__gt=0) & (Q(finished_at=None) | Q(finished_at__gte=limits.today()))
        rows = Generation.objects.filter(of_day & (here | mine)).order_by()
        sums = rows.annotate(today=_of_today()).values("mode")
        found = list(sums.annotate(here=Sum("today", filter=here), mine=Sum("today", filter=mine)))
    return {row["mode"]: (row["here"] or 0, row["mine"] or 0) for row in found}


def _of_today() -> Case:
    """How many included pictures of a generation that is open, or ended today, are of this day."""
    begun = limits.today()
    whole = When(status__in=[*limits.OPEN, Status.SUCCEEDED], created_at__gte=begun, then=F("included"))
    # Only the few that are left are looked up picture by picture.
    before = When(status__in=limits.OPEN, then=F("included") - _delivered(Q(created_at__lt=begun)))
    return Case(whole, before, default=_delivered(Q(created_at__gte=begun)), output_field=IntegerField())


def _delivered(when: Q) -> Coalesce:
    rows: QuerySet[Picture] = Picture.objects.filter(when, generation=OuterRef("pk")).order_by()
    included = rows.filter(index__lt=OuterRef("included")).values("generation")
    return Coalesce(Subquery(included.annotate(count=Count("pk")).values("count")), 0)
