"""Accepts a request: everything that is needed to draw it, written in one transaction."""

from django.db import transaction

from accounts.models import ApiKey, User, Workspace
from billing import ledger, prices
from billing.plans import Plan
from generation import catalog, progress
from generation.models import Feed, Generation, Reference
from generation.services import admit, fair, order, outbox, sharing, spending
from generation.services.admit import PlanRequired, QueueFull
from generation.services.limits import LimitReached
from generation.services.order import Invalid, Order
from generation.services.retries import UNKNOWN, Sent
from generation.services.spending import KeyLimitReached

__all__ = ["Invalid", "KeyLimitReached", "LimitReached", "PlanRequired", "QueueFull", "place", "submit"]


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
    api_key: ApiKey | None = None,
    feed: Feed | None = None,
    share: bool | None = None,
) -> Generation:
    """Check the request and queue it. None means the default; with `feed` it is that feed's next picture.

    Raises Invalid, which names every wrong field, or what `place` raises; then nothing is stored or queued.
    """
    # Before the other fields: whoever lacks the mode need not learn what else it wants.
    wanted = catalog.MODES.get(mode)
    plan = admit.to_mode(workspace=workspace, mode=wanted) if wanted else None
    wish = order.read(source=source, prompt=prompt, mode=mode, n=n, size=size, seed=seed)
    return place(
        workspace=workspace,
        requested_by=requested_by,
        source=source,
        order=wish,
        api_key=api_key,
        feed=feed,
        plan=plan,
        share=share,
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
    reference: Reference | None = None,
    change: str = "",
    sent: Sent = UNKNOWN,
    end_user: str = "",
) -> Generation:
    """Store a checked order, reserve its price and queue it. `plan` is the workspace's, which has the mode, if known.

    `sent` and `end_user` are what an API client told with it.
    `share` says whether the workspace sees it; None means as the workspace does it. With a `reference` it is a `change`
    of that.
    Raises PermissionDenied, PlanRequired, LimitReached, Invalid, QueueFull, KeyLimitReached or
    ledger.InsufficientFunds; then nothing is stored or queued.
    """
    plan = plan or admit.to_mode(workspace=workspace, mode=order.mode)
    admit.to_model(mode=order.mode, size=order.size, changes=reference is not None)
    admit.to_queue(workspace=workspace, plan=plan)
    # What people draw on the pages is part of their plan; the API pays by the picture.
    price = prices.of(order.mode.name) if source == "api" else 0
    # Under the lock that the queue took.
    admit.to_member(workspace=workspace, person=requested_by, order=order, price_micros=price)
    if api_key and price:
        spending.admit(api_key=api_key, cost_micros=price * order.n)
    turn = fair.turn_for(workspace=workspace, cost=order.n * catalog.positions(order.size), weight=plan.weight)
    generation = Generation.objects.create(
        workspace=workspace,
        requested_by=requested_by,
        api_key=api_key,
        source=source,
        feed=feed,
        feed_index=feed.asked if feed else None,
        reference=reference,
        change=change,
        idempotency_key=sent.key or None,
        request_hash=sent.body_hash,
        end_user=end_user,
        prompt=order.prompt,
        mode=order.mode.name,
        width=order.size.width,
        height=order.size.height,
        n=order.n,
        seed=order.seed,
        turn=turn.start,
        turn_end=turn.end,
        lanes=plan.running,
        price_micros=price,
        is_shared=sharing.default(workspace) if share is None else share,
    )
    if price:
        ledger.reserve(workspace=workspace, hold=str(generation.pk), amount_micros=price * order.n)
    transaction.on_commit(lambda: progress.publish(generation, "queued"), robust=True)
    outbox.enqueue(generation=generation)
    return generation
