"""Seats follow the number of members, and a plan for one person, or a few, keeps further ones out."""

from typing import Any

import structlog
from django_scopes import scope, scopes_disabled

from accounts.models import Membership, Workspace
from accounts.services.rights import Refused
from billing.models import Paid, Subscription
from billing.plans import LIVE, PLANS, plan_of
from billing.services import messages, subscriptions
from billing.stripe_client import client

TASK = "billing.tasks.follow_seats"
log = structlog.get_logger(__name__)


def members(workspace: Workspace) -> int:
    with scopes_disabled():
        return Membership.objects.filter(workspace=workspace).count()


def demand_room(workspace: Workspace) -> None:
    """Whether one more may come in. Runs under the workspace's lock. Raises Refused."""
    with scope(workspace=workspace):
        plan = plan_of(workspace)
    there = members(workspace)
    if plan.grows_with_members or there < plan.members_total:
        return
    team = PLANS[Paid.TEAM].label
    if plan.members_total == 1:
        raise Refused(f"The plan {plan.label} is for one person. Change to {team} under Billing to work with others.")
    raise Refused(
        f"This workspace has {there} members, and the plan {plan.label} holds {plan.members_total}. Change to {team}"
        " under Billing to have more."
    )


def members_changed(sender: type[Workspace], *, workspace: Workspace, **_: Any) -> None:
    """Have the seats follow, soon."""
    messages.send(TASK, str(workspace.pk))


def check(row: Subscription) -> None:
    """Have them follow where they differ from what was just read."""
    if row.plan == Paid.TEAM and row.seats != max(members(row.workspace), 1):
        messages.send(TASK, str(row.workspace_id))


def follow(workspace: Workspace) -> int | None:
    """Tell Stripe how many members there are; the new number, None where nothing had to be told. Raises StripeError."""
    row = subscriptions.live(workspace)
    if row is None or row.plan != Paid.TEAM:
        return None
    wanted = max(members(workspace), 1)
    told = client().v1.subscriptions.retrieve(row.stripe_id)
    item = told.items.data[0]
    if told.status in LIVE and item.quantity != wanted:
        # Of a year, seats are paid when they are added, not at its end.
        now = row.interval == Subscription.Interval.YEAR
        told = client().v1.subscriptions.update(
            row.stripe_id,
            {
                "items": [{"id": item.id, "quantity": wanted}],
                "proration_behavior": "always_invoice" if now else "create_prorations",
            },
        )
        log.info("seats_followed", workspace=str(workspace.pk), seats=wanted)
    elif row.seats == wanted:
        return None
    subscriptions.write(workspace, told)
    return wanted
