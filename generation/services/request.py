"""Accepts a request: everything that is needed to draw it, written in one transaction."""

import dataclasses
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User, Workspace
from billing import ledger
from billing.plans import Plan
from billing.services import sharing as data_sharing
from generation import catalog, progress
from generation.models import Batch, Feed, Generation, Reference
from generation.services import admit, allowance, fair, order, outbox, room, sharing, spending
from generation.services.admit import PlanRequired, QueueFull
from generation.services.allowance import AllowanceUsed, Terms
from generation.services.limits import LimitReached
from generation.services.order import Invalid, Order
from generation.services.retries import UNKNOWN, Sent
from generation.services.room import StorageFull
from generation.services.spending import KeyLimitReached

__all__ = [
    "AllowanceUsed",
    "Invalid",
    "KeyLimitReached",
    "LimitReached",
    "PlanRequired",
    "QueueFull",
    "StorageFull",
    "place",
    "submit",
]

BATCH_LANES = 2
"""Generations of a workspace's batches that may be drawn at once, beside its others."""


def submit(
    *,
    workspace: Workspace,
    requested_by: User | None,
    source: order.Source,
    prompt: str,
    mode: str,
    n: int | str | None = None,
    size: str | catalog.Size | None = None,
    seed: int | str | None = None,
    negative: str = "",
    guidance: float | str | None = None,
    variety: float | str | None = None,
    api_key: ApiKey | None = None,
    feed: Feed | None = None,
    share: bool | None = None,
    use_credit: bool = False,
    sent: Sent = UNKNOWN,
) -> Generation:
    """Check the request and queue it. None means the default; with `feed` it is that feed's next picture.

    Raises Invalid, which names every wrong field, or what `place` raises; then nothing is stored or queued.
    """
    # Before the other fields: whoever lacks the mode need not learn what else it wants.
    wanted = catalog.MODES.get(mode)
    plan = admit.to_mode(workspace=workspace, mode=wanted) if wanted else None
    wish = order.read(
        source=source,
        prompt=prompt,
        mode=mode,
        n=n,
        size=size,
        seed=seed,
        negative=negative,
        guidance=guidance,
        variety=variety,
    )
    return place(
        workspace=workspace,
        requested_by=requested_by,
        source=source,
        order=wish,
        api_key=api_key,
        feed=feed,
        plan=plan,
        share=share,
        use_credit=use_credit,
        sent=sent,
    )


@transaction.atomic
def place(
    *,
    workspace: Workspace,
    requested_by: User | None,
    source: order.Source,
    order: Order,
    api_key: ApiKey | None = None,
    feed: Feed | None = None,
    plan: Plan | None = None,
    share: bool | None = None,
    use_credit: bool = False,
    reference: Reference | None = None,
    change: str = "",
    batch: Batch | None = None,
    sent: Sent = UNKNOWN,
    end_user: str = "",
) -> Generation:
    """Store a checked order, reserve its price and queue it. `plan` is the workspace's, which has the mode, if known.

    `share` says whether the workspace sees it; None means as the workspace does it. On the pages, what the plan's day
    does not hold is paid by `use_credit`, or refused; the API always pays by the picture. With a `reference` it is a
    `change` of that; of a `batch` it costs half and waits for all others. `sent` and `end_user` are what a client told.
    Raises PermissionDenied, PlanRequired, LimitReached, Invalid, QueueFull, StorageFull, AllowanceUsed, KeyLimitReached
    or ledger.InsufficientFunds; then nothing is stored or queued.
    """
    plan = plan or admit.to_mode(workspace=workspace, mode=order.mode)
    admit.to_model(mode=order.mode, size=order.size, changes=reference is not None)
    by_api = _by_api(order, batch) if source == "api" else None
    admit.to_queue(workspace=workspace, plan=plan, in_batch=batch is not None)
    # From here on under the lock that the queue took: what needs no lock was asked before.
    terms = by_api or _by_page(workspace, requested_by, order, plan)
    cost = terms.cost_micros if by_api or use_credit else 0
    admit.to_member(workspace=workspace, person=requested_by, order=order, cost_micros=cost)
    if terms.paid and not (by_api or use_credit):
        raise allowance.used_up(plan=plan, mode=order.mode, terms=terms)
    if api_key:
        spending.admit(api_key=api_key, cost_micros=terms.cost_micros)
    generation = Generation.objects.create(
        workspace=workspace,
        requested_by=requested_by,
        api_key=api_key,
        source=source,
        feed=feed,
        feed_index=feed.asked if feed else None,
        reference=reference,
        change=change,
        batch=batch,
        idempotency_key=sent.key or None,
        request_hash=sent.body_hash,
        end_user=end_user,
        prompt=order.prompt,
        mode=order.mode.name,
        width=order.size.width,
        height=order.size.height,
        n=order.n,
        seed=order.seed,
        **dataclasses.asdict(order.steering),
        **_line(workspace, order, plan, in_batch=batch is not None),
        included=terms.included,
        is_free=terms.is_free,
        price_micros=terms.price_micros,
        is_shared=sharing.default(workspace) if share is None else share,
        is_data_shared=data_sharing.is_on(workspace),
    )
    if terms.cost_micros:
        ledger.reserve(workspace=workspace, hold=str(generation.pk), amount_micros=terms.cost_micros)
    transaction.on_commit(lambda: progress.publish(generation, "queued"), robust=True)
    outbox.enqueue(generation=generation)
    return generation


def _line(workspace: Workspace, wish: Order, plan: Plan, *, in_batch: bool) -> dict[str, Any]:
    """The fields that say its place in the line, and how many of the workspace are drawn at once."""
    cost = wish.n * catalog.positions(wish.size)
    turn = fair.turn_for(workspace=workspace, cost=cost, weight=plan.weight, in_batch=in_batch)
    lanes = min(BATCH_LANES, plan.running) if in_batch else plan.running
    return {"turn": turn.start, "turn_end": turn.end, "lanes": lanes}


def _by_api(wish: Order, batch: Batch | None) -> Terms:
    """What the request takes of the credit."""
    if batch:
        return allowance.by_batch(mode=wish.mode, n=wish.n, at=batch.created_at)
    return allowance.by_picture(mode=wish.mode, n=wish.n)


def _by_page(workspace: Workspace, person: User | None, wish: Order, plan: Plan) -> Terms:
    """What the request takes of the day and of the credit. What is paid by the picture is not counted out as well."""
    room.admit(workspace=workspace, plan=plan)
    return allowance.split(workspace=workspace, plan=plan, person=person, mode=wish.mode, n=wish.n)
