"""Whether somebody may ask for a picture now: the plan has the mode, the queue a place, the member a right to it."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django_scopes import scopes_disabled

from accounts.models import User, Workspace
from billing import plans
from billing.plans import Plan
from generation import catalog, valkey
from generation.models import Generation
from generation.services import limits, order, workers
from generation.services.limits import OPEN

CLOSING = "This workspace is to be deleted, and nothing new is drawn in it. Nothing was charged."


class PlanRequired(Exception):
    """The workspace's plan lacks the mode."""

    def __init__(self, mode: catalog.Mode) -> None:
        labels = " and ".join(plan.label for plan in plans.plans_with(mode.name))
        super().__init__(f"{mode.label} is part of the plans {labels}. Nothing was drawn or charged.")


class Locked(PermissionDenied):
    """Moderators keep the person from making pictures."""

    def __init__(self, person: User) -> None:
        why = f" The reason: {person.locked_from_making_why}" if person.locked_from_making_why else ""
        super().__init__(f"You cannot make pictures at the moment.{why} Nothing was drawn or charged.")


class QueueFull(Exception):
    """Nothing more can be queued at the moment; `code` says whose queue is full."""

    def __init__(self, message: str, *, code: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after_seconds = retry_after_seconds


def to_make(*, person: User | None) -> None:
    """Whether moderators let the person make pictures at all. Raises Locked."""
    if person and person.locked_from_making_at:
        raise Locked(person)


def to_mode(*, workspace: Workspace, mode: catalog.Mode) -> Plan:
    """The workspace's plan, which has the mode. Raises PlanRequired."""
    plan = plans.plan_of(workspace)
    if mode.name not in plan.modes:
        raise PlanRequired(mode)
    return plan


def to_model(*, mode: catalog.Mode, size: catalog.Size, changes: bool = False) -> None:
    """Whether a model that is running draws this; without one the request may wait for it. Raises order.Invalid."""
    alive = valkey.hint("workers", lambda _: workers.live_workers())
    if alive and not any(mode.name in worker.modes and str(size) in worker.sizes for worker in alive):
        models = " and ".join(sorted({worker.model for worker in alive}))
        sentence = f"{models}, which draws at the moment, does not draw {size} in mode {mode.label}."
        raise order.Invalid({"size": (order.INVALID, sentence)})
    if changes and alive and not any("edit" in worker.references for worker in alive):
        models = " and ".join(sorted({worker.model for worker in alive}))
        raise order.Invalid({"image": (order.INVALID, f"{models}, which draws at the moment, changes no pictures.")})


def to_queue(*, workspace: Workspace, plan: Plan, in_batch: bool = False) -> None:
    """Take a place in the queue for the transaction around. Raises QueueFull, or order.Invalid where nothing is drawn.

    What is drawn counts like what waits; what is of batches, which have a bound of their own, takes no place of the
    plan's. The site's bound is soft: requests of several workspaces at the same moment do not see each other.
    """
    # The lock makes two requests of the workspace at once see each other.
    row = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if row.is_leaving or row.deleted_at:
        raise order.Invalid({"prompt": (order.INVALID, CLOSING)})
    own, positions = _open(workspace)
    if own >= plan.queued and not in_batch:
        message = (
            f"{own} generations of this workspace are waiting or being drawn, as many as the plan {plan.label} allows."
            " Wait for one to finish, or stop one."
        )
        raise QueueFull(message, code="rate_limit_exceeded", retry_after_seconds=5)
    if positions >= settings.AURORA_QUEUE_POSITIONS:
        message = "Too much is waiting to be drawn on this site. Nothing was charged; try again in half a minute."
        raise QueueFull(message, code="queue_full", retry_after_seconds=30)


def to_member(*, workspace: Workspace, person: User | None, order: order.Order, cost_micros: int) -> None:
    """Whether the person may draw here, in this mode, and so much. Runs after `to_queue`, under its lock.

    By API it is whoever made the key. Raises PermissionDenied or limits.LimitReached.
    """
    member = limits.member(workspace, person)
    limits.to_mode(member=member, mode=order.mode)
    limits.to_amount(member=member, pictures=order.n, micros=cost_micros)


def _open(workspace: Workspace) -> tuple[int, int]:
    """How many generations of the workspace are open, but for batches, and how many positions those of all take."""
    # A row a size: what a size takes is known to the catalog, not to the database.
    with scopes_disabled():
        rows = Generation.objects.filter(status__in=OPEN).values("width", "height").order_by()
        sizes = list(rows.annotate(asked=Sum("n"), own=Count("pk", filter=Q(workspace=workspace, batch=None))))
    taken = (row["asked"] * catalog.positions(catalog.Size(row["width"], row["height"])) for row in sizes)
    return sum(row["own"] for row in sizes), sum(taken)
