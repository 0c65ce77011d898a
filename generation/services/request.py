"""Accepts a request: everything that is needed to draw it, written in one transaction."""

import dataclasses
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey, User, Workspace
from billing import ledger
from billing.plans import Plan
from billing.services import sharing as data_sharing
from generation import catalog, progress
from generation.models import Batch, Feed, Generation, Reference
from generation.services import admit, allowance, fair, order, outbox, room, sharing, spending
from generation.services.admit import Locked, PlanRequired, QueueFull
from generation.services.allowance import AllowanceUsed, Terms
from generation.services.limits import LimitReached
from generation.services.moderation import before
from generation.services.moderation.before import Blocked
from generation.services.moderation.moderator import BLOCK, Judgement
from generation.services.order import Invalid, Order
from generation.services.retries import UNKNOWN, Sent
from generation.services.room import StorageFull
from generation.services.spending import KeyLimitReached

__all__ = [
    "AllowanceUsed",
    "Blocked",
    "Invalid",
    "KeyLimitReached",
    "LimitReached",
    "Locked",
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

    As with `place`, what comes back may be blocked. Raises Invalid, which names every wrong field, or what `place`
    raises; then nothing is stored or queued.
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

    Where the prompt is not allowed, what comes back has the status `blocked`, its `error_message` says why, and nothing
    is queued or reserved: it is kept, so that its maker can object, and a repetition finds it.
    Raises PermissionDenied, PlanRequired, LimitReached, Invalid, QueueFull, StorageFull, AllowanceUsed, KeyLimitReached
    or ledger.InsufficientFunds; then nothing is stored or queued.
    """
    admit.to_make(person=requested_by)
    plan = plan or admit.to_mode(workspace=workspace, mode=order.mode)
    told = {"api_key": api_key, "batch": batch, "reference": reference, "change": change, "end_user": end_user}
    asked = _asked(workspace, requested_by, source, order, share=share, sent=sent) | told
    judged = before.judge(workspace=workspace, plan=plan, prompt=order.prompt)
    if judged.says(BLOCK):
        return _block(asked, judged)
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
        **asked,
        feed=feed,
        feed_index=feed.asked if feed else None,
        **_line(workspace, order, plan, in_batch=batch is not None),
        included=terms.included,
        is_free=terms.is_free,
        price_micros=terms.price_micros,
        is_data_shared=data_sharing.is_on(workspace),
    )
    if judged.findings:
        before.note(generation, judged)
    if terms.cost_micros:
        ledger.reserve(workspace=workspace, hold=str(generation.pk), amount_micros=terms.cost_micros)
    transaction.on_commit(lambda: progress.publish(generation, "queued"), robust=True)
    outbox.enqueue(generation=generation)
    return generation


def refuse_blocked(
    *, workspace: Workspace, requested_by: User, order: Order, share: bool | None = None, plan: Plan | None = None
) -> None:
    """For what asks later, and again and again: keep a prompt that is not allowed as `place` does, and raise Blocked.

    Not to be called in a transaction, which would be rolled back.
    """
    plan = plan or admit.to_mode(workspace=workspace, mode=order.mode)
    judged = before.judge(workspace=workspace, plan=plan, prompt=order.prompt)
    if judged.says(BLOCK):
        asked = _asked(workspace, requested_by, "page", order, share=share, sent=UNKNOWN)
        with transaction.atomic():
            blocked = _block(asked, judged)
        raise Blocked(blocked.error_message)


def _asked(
    workspace: Workspace, person: User | None, source: order.Source, wish: Order, *, share: bool | None, sent: Sent
) -> dict[str, Any]:
    """The fields that say what was asked for, and by whom."""
    return {
        "workspace": workspace,
        "requested_by": person,
        "source": source,
        "idempotency_key": sent.key or None,
        "request_hash": sent.body_hash,
        "prompt": wish.prompt,
        "mode": wish.mode.name,
        "width": wish.size.width,
        "height": wish.size.height,
        "n": wish.n,
        "seed": wish.seed,
        **dataclasses.asdict(wish.steering),
        "is_shared": sharing.default(workspace) if share is None else share,
    }


def _block(asked: dict[str, Any], judged: Judgement) -> Generation:
    """Keep what is not drawn, for a reason that the verdict has. It has no turn and costs nothing. Raises Blocked."""
    reason = judged.heaviest.reason if judged.heaviest else ""
    before.refuse_more(workspace=asked["workspace"], person=asked["requested_by"], reason=reason)
    blocked = Generation.objects.create(
        **asked,
        status=Generation.Status.BLOCKED,
        error_code=before.CODE,
        error_message=reason,
        turn=0,
        turn_end=0,
        lanes=1,
        finished_at=timezone.now(),
    )
    before.note(blocked, judged)
    return blocked


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
