"""Automatic top-up: when the credit falls below a threshold, more is bought with the card on file.

One purchase at a time, and never more a month than its owners allow. The purchase is written down before Stripe is
asked, and its id is the key at Stripe: whoever goes on after a crash asks for the same payment, not for another one.
"""

from datetime import UTC, datetime
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from redis.exceptions import RedisError

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit, rights
from accounts.services.rights import Refused
from billing import amounts, ledger
from billing.ledger.books import SPENDABLE
from billing.models import Account, Purchase, TopUp
from billing.prices import MICROS_PER_DOLLAR
from billing.services import messages, money

LEAST_THRESHOLD_MICROS = MICROS_PER_DOLLAR
MOST_THRESHOLD_MICROS = 1_000 * MICROS_PER_DOLLAR
MOST_LIMIT_MICROS = 50_000 * MICROS_PER_DOLLAR
LOOK_EVERY_SECONDS = 60
NO_CARD = "Save a card first: automatic top-up needs one to charge."
Status = Purchase.Status
log = structlog.get_logger(__name__)


def settings_of(workspace: Workspace) -> TopUp | None:
    """What is set, if anything ever was. Runs in the workspace's scope."""
    return TopUp.objects.filter(workspace=workspace).first()


@transaction.atomic
def choose(
    *,
    workspace: Workspace,
    actor: User,
    threshold_micros: int,
    amount_micros: int,
    monthly_limit_micros: int,
    is_on: bool,
) -> TopUp:
    """Set when, how much and how much a month at most is bought. Raises Refused and PermissionDenied.

    Without a card on file it is kept, but stays off.
    """
    rights.hold(workspace)
    rights.demand(actor, Action.MANAGE_MONEY, workspace)
    _demand_sense(threshold_micros, amount_micros, monthly_limit_micros)
    amounts = {
        "threshold_micros": threshold_micros,
        "amount_micros": amount_micros,
        "monthly_limit_micros": monthly_limit_micros,
    }
    values = {**amounts, "set_by": actor, "set_at": timezone.now(), "failure": ""}
    with scope(workspace=workspace):
        row, _ = TopUp.objects.update_or_create(
            workspace=workspace, defaults=values, create_defaults=values | {"is_on": False}
        )
        was_on, row.is_on = row.is_on, is_on and bool(row.card_id)
        row.save(update_fields=["is_on"])
    verb = "changed" if was_on == row.is_on else "started" if row.is_on else "stopped"
    audit.record(f"top_up.{verb}", workspace=workspace, actor=actor, target="", **amounts)
    if row.is_on:
        messages.send("billing.tasks.top_up", str(workspace.pk))
    return row


@transaction.atomic
def stop(*, workspace: Workspace, actor: User) -> bool:
    """Buy nothing more by itself; False when it was off. Raises PermissionDenied."""
    rights.demand(actor, Action.MANAGE_MONEY, workspace)
    with scope(workspace=workspace):
        if not TopUp.objects.filter(workspace=workspace, is_on=True).update(is_on=False):
            return False
    audit.record("top_up.stopped", workspace=workspace, actor=actor)
    return True


def on_reserved(sender: type[Account], *, workspace: Workspace, **_: object) -> None:
    """Money was set aside: have somebody look whether enough is left, at most once a minute a workspace."""
    with scope(workspace=workspace):
        if not TopUp.objects.filter(workspace=workspace, is_on=True).exists():
            return
    try:
        is_first = cache.add(f"billing:top-up:{workspace.pk}", 1, LOOK_EVERY_SECONDS)
    except RedisError as error:
        # The look of each minute sees it.
        log.warning("top_up_not_asked_for", error=str(error))
        return
    if is_first:
        messages.send("billing.tasks.top_up", str(workspace.pk))


def running_low() -> list[UUID]:
    """The workspaces that have less than their threshold, or whose last top-up is not settled yet."""
    now = timezone.now()
    with scopes_disabled():
        limits = dict(TopUp.objects.filter(is_on=True).values_list("workspace", "threshold_micros"))
        spendable = Account.objects.filter(workspace__in=limits, kind__in=SPENDABLE).exclude(expires_at__lte=now)
        sums = dict(spendable.order_by().values_list("workspace").annotate(total=Sum("balance")))
        unsettled = Purchase.objects.filter(kind=Purchase.Kind.TOP_UP, status=Status.OPEN)
        begun = set(unsettled.values_list("workspace", flat=True))
    return sorted(begun | {pk for pk, least in limits.items() if sums.get(pk, 0) < least})


@transaction.atomic
def begin(*, workspace: Workspace) -> Purchase | None:
    """Write the purchase down that is to be paid now: a new one, or one that was begun before. None where none is due.

    The lock of the settings makes two workers at once begin one.
    """
    with scope(workspace=workspace):
        rows = TopUp.objects.select_for_update(of=("self",)).select_related("workspace")
        row = rows.filter(workspace=workspace).first()
        if row is None:
            return None
        purchases = Purchase.objects.filter(workspace=workspace, kind=Purchase.Kind.TOP_UP)
        if begun := purchases.filter(status=Status.OPEN).order_by("created_at").first():
            return begun
        if not row.is_on or not row.card_id or row.workspace.is_leaving:
            return None
        if ledger.balance(workspace=workspace) >= row.threshold_micros:
            return None
        if this_month(workspace) + row.amount_micros > row.monthly_limit_micros:
            return None
        return Purchase.objects.create(
            workspace=workspace, kind=Purchase.Kind.TOP_UP, amount_micros=row.amount_micros, person=row.set_by
        )


def this_month(workspace: Workspace) -> int:
    """What top-ups of this calendar month (UTC) have cost, or are about to. Runs in the workspace's scope."""
    start = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Purchase.objects.filter(workspace=workspace, kind=Purchase.Kind.TOP_UP, created_at__gte=start)
    return rows.filter(status__in=[Status.OPEN, Status.PAID]).aggregate(sum=Sum("amount_micros"))["sum"] or 0


def _demand_sense(threshold: int, amount: int, limit: int) -> None:
    if not LEAST_THRESHOLD_MICROS <= threshold <= MOST_THRESHOLD_MICROS:
        least, most = amounts.dollars(LEAST_THRESHOLD_MICROS), amounts.dollars(MOST_THRESHOLD_MICROS)
        raise Refused(f"Choose a threshold from {least} to {most}.")
    money.demand_payable(amount)
    if not amount <= limit <= MOST_LIMIT_MICROS:
        raise Refused(f"The limit a month must hold one top-up, and be {amounts.dollars(MOST_LIMIT_MICROS)} at most.")
