"""What one member may use: their role, and the limits that admins have set for them.

A day begins at midnight UTC, a month on its first. What is still to be drawn counts like what was delivered, so many
requests at once cannot get past a limit; what was stopped or failed counts no longer.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, When
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.permissions import Action, Role, allows, rank
from accounts.services import audit, rights
from billing.prices import MICROS_PER_DOLLAR
from generation import catalog
from generation.models import Generation, Picture

OPEN = (Generation.Status.QUEUED, Generation.Status.RUNNING)


class LimitReached(Exception):
    """A limit of this member stands against the request; `field` is "mode", or "" when there was too much already."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Use:
    """Pictures, and the credit they cost, delivered or still to come."""

    pictures: int
    micros: int


def member(workspace: Workspace, person: User | None) -> Membership | None:
    """The membership of whoever asks for pictures. Raises PermissionDenied for somebody who may not.

    None where nobody asks: then there is no limit to look at.
    """
    if person is None:
        return None
    with scopes_disabled():
        found = Membership.objects.filter(workspace=workspace, user=person, user__is_active=True).first()
    if found is None or not allows(found.role, Action.CREATE):
        raise PermissionDenied(f"Your role in this workspace does not allow you to {Action.CREATE}.")
    return found


def under_way(workspace: Workspace) -> tuple[int, int]:
    """How many generations of the workspace wait, and how many are being drawn. Runs in its scope."""
    rows = Generation.objects.filter(workspace=workspace, status__in=OPEN)
    running = Count("pk", filter=Q(status=Generation.Status.RUNNING))
    found = rows.aggregate(running=running, all=Count("pk"))
    return found["all"] - found["running"], found["running"]


def to_mode(*, member: Membership | None, mode: catalog.Mode) -> None:
    """Raises LimitReached for a mode that this member may not use."""
    if member and member.modes and mode.name not in member.modes:
        labels = " and ".join(one.label for one in catalog.MODES.values() if one.name in member.modes)
        raise LimitReached(f"In this workspace you may draw in {labels}. Ask an admin for {mode.label}.", field="mode")


def to_amount(*, member: Membership | None, pictures: int, micros: int) -> None:
    """Whether so many pictures more are within the member's limits. Raises LimitReached.

    Runs under the workspace's lock, which `admit.to_queue` takes: requests at once see each other.
    """
    if member and member.daily_pictures is not None:
        used = used_by(member, since=today()).pictures
        if used + pictures > member.daily_pictures:
            raise LimitReached(_too_many(used, member.daily_pictures))
    if member and member.monthly_micros is not None and micros:
        used = used_by(member, since=today().replace(day=1)).micros
        if used + micros > member.monthly_micros:
            raise LimitReached(_too_dear(used, member.monthly_micros))


def used_by(member: Membership, *, since: datetime) -> Use:
    """What the member has used since then."""
    asked = Generation.objects.filter(workspace=member.workspace_id, requested_by=member.user_id)
    # What is to come is read first: a picture delivered in between counts twice for a moment, never not at all.
    coming = _coming(asked.filter(status__in=OPEN))
    rows = Picture.objects.filter(workspace=member.workspace_id, generation__requested_by=member.user_id)
    done = rows.filter(created_at__gte=since).aggregate(n=Count("pk"), micros=Sum(paid()))
    return Use(coming.pictures + done["n"], coming.micros + (done["micros"] or 0))


def paid() -> Case:
    """For queries of pictures: what each costs. Those that the plan includes are the first of their generation."""
    beyond = When(index__gte=F("generation__included"), then=F("generation__price_micros"))
    return Case(beyond, default=0, output_field=BigIntegerField())


def _coming(rows: QuerySet[Generation]) -> Use:
    beyond = Count("pictures", filter=Q(pictures__index__gte=F("included")))
    left = rows.annotate(left=F("n") - Count("pictures"), paid=F("n") - F("included") - beyond)
    found = list(left.values_list("left", "paid", "price_micros"))
    return Use(sum(n for n, _, _ in found), sum(paid * price for _, paid, price in found))


def today() -> datetime:
    """When this day began, in UTC."""
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


def reaches(role: str, actor: User, target: Membership) -> bool:
    """Whether somebody of this role may limit that member: owners all, admins all others but owners and themselves."""
    return role == Role.OWNER or (actor.pk != target.user_id and rank(role) >= rank(target.role))


def _too_many(used: int, most: int) -> str:
    return (
        f"You may draw {most} pictures a day in this workspace, and today you have asked for {used}. Nothing was drawn."
    )


def _too_dear(used: int, most: int) -> str:
    spent, all_of_it = (f"${micros / MICROS_PER_DOLLAR:.2f}" for micros in (used, most))
    return f"You may use {all_of_it} of credit a month in this workspace, and have used {spent}. Nothing was charged."


@transaction.atomic
def change(
    *,
    workspace: Workspace,
    actor: User,
    person: User,
    daily_pictures: int | None,
    monthly_micros: int | None,
    modes: list[str],
) -> Membership:
    """Set a member's limits; None and [] mean none. Raises PermissionDenied or Membership.DoesNotExist.

    Owners are limited by owners alone, and admins lift no limit of their own.
    """
    held = rights.hold(workspace)
    own = rights.demand(actor, Action.MANAGE_MEMBERS, held)
    target = rights.membership(held, person)
    if not reaches(own, actor, target):
        raise PermissionDenied("Only somebody above you sets these limits.")
    target.daily_pictures, target.monthly_micros = daily_pictures, monthly_micros
    target.modes = [name for name in catalog.MODES if name in modes]
    with scopes_disabled():
        target.save(update_fields=["daily_pictures", "monthly_micros", "modes"])
    audit.record("member.limits_changed", workspace=held, actor=actor, target=person, daily_pictures=daily_pictures,
                 monthly_micros=monthly_micros, modes=", ".join(target.modes))  # fmt: skip
    return target
