"""Keeps a Speed feed a few pictures ahead of its reader, and stops when there is none.

The page says where its reader is every few seconds. Each of these acts holds the feed's row, so that heartbeats that
overlap ask for every picture once.
"""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django_scopes import scope, scopes_disabled

from accounts.models import User, Workspace
from accounts.services import switches
from billing.ledger import InsufficientFunds
from generation import catalog
from generation.models import Feed, Generation
from generation.services import admit, cancel, limits, order, request, sharing
from generation.services.order import Invalid

__all__ = ["Invalid", "NotBegun", "change_prompt", "end", "open_feed", "pause", "pause_idle", "read_on"]

MODE = "speed"
AHEAD = 4
"""Pictures asked for beyond the reader's place."""

IDLE = timedelta(seconds=10)
FORGOTTEN = timedelta(minutes=5)
LIMIT = 100
REFUSALS = (
    request.Locked, request.Blocked, request.PlanRequired, request.LimitReached, request.QueueFull,
    request.StorageFull, request.AllowanceUsed,
)  # fmt: skip
State, Status = Feed.State, Generation.Status

log = structlog.get_logger(__name__)


class NotBegun(Exception):
    """Not even the first picture could be asked for, so there is no feed; the message says why."""


def open_feed(
    *,
    workspace: Workspace,
    person: User,
    prompt: str,
    size: str | catalog.Size | None = None,
    seed: int | str | None = None,
    negative: str = "",
    guidance: float | str | None = None,
    variety: float | str | None = None,
    share: bool | None = None,
    use_credit: bool = False,
) -> Feed:
    """A new feed whose first pictures are asked for. None means the default.

    The feed is read by this person alone; `share` says whether the workspace sees its pictures, `use_credit` whether
    it goes on when the day's pictures are used up.
    Raises Invalid, also for a prompt that is not allowed, PermissionDenied, LimitReached where the mode is closed to
    the person, or NotBegun.
    """
    if not switches.is_on(switches.Name.FEEDS, workspace):
        raise NotBegun(switches.message(switches.Name.FEEDS))
    wish = order.read(
        source="page",
        prompt=prompt,
        mode=MODE,
        n=1,
        size=size,
        seed=seed,
        negative=negative,
        guidance=guidance,
        variety=variety,
    )
    limits.to_mode(member=limits.member(workspace, person), mode=wish.mode)
    admit.to_make(person=person)
    request.refuse_blocked(workspace=workspace, requested_by=person, order=wish, share=share)
    return _open(workspace, person, wish, share=share, use_credit=use_credit)


@transaction.atomic
def _open(workspace: Workspace, person: User, wish: order.Order, *, share: bool | None, use_credit: bool) -> Feed:
    feed = Feed.objects.create(
        workspace=workspace,
        person=person,
        prompt=wish.prompt,
        width=wish.size.width,
        height=wish.size.height,
        seed=wish.seed,
        **dataclasses.asdict(wish.steering),
        is_shared=sharing.default(workspace) if share is None else share,
        uses_credit=use_credit,
    )
    begun = _go_on(feed)
    if not begun.asked:
        raise NotBegun(begun.trouble)
    return begun


@transaction.atomic
def read_on(*, feed: Feed, seen: int, use_credit: bool | None = None) -> Feed:
    """The reader is there and has come to the first `seen` pictures: ask for what is to come next.

    Wakes a paused feed; one that has ended stays so. Why no more could be asked for is in the feed's `trouble`.
    `use_credit` says whether it goes on when the day's pictures are used up; None leaves that as it is.
    """
    row = _locked(feed)
    if row.is_over:
        return row
    row.uses_credit = row.uses_credit if use_credit is None else use_credit
    row.seen = max(row.seen, min(seen, row.asked))
    return _go_on(row)


def change_prompt(*, feed: Feed, prompt: str) -> Feed:
    """Draw `prompt` from the next picture on; those that are being drawn are finished.

    Raises Invalid, also for a prompt that is not allowed: then the feed goes on with the one that it has.
    """
    wish = order.read(source="page", prompt=prompt, mode=MODE, n=1, size=feed.size)
    if feed.person and not feed.is_over:
        request.refuse_blocked(workspace=feed.workspace, requested_by=feed.person, order=wish, share=feed.is_shared)
    return _change(feed, wish)


@transaction.atomic
def _change(feed: Feed, wish: order.Order) -> Feed:
    row = _locked(feed)
    if row.is_over:
        return row
    if row.prompt != wish.prompt:
        row.prompt = wish.prompt
        _withdraw(row)
    return _go_on(row)


@transaction.atomic
def skip(*, feed: Feed, place: int, wanted: bool = False) -> Feed:
    """Hide the picture at `place` from the feed; with `wanted` show it again. The gallery has it all the same."""
    row = _locked(feed)
    others = [other for other in row.skipped if other != place]
    row.skipped = others if wanted or place >= row.asked else [*others, place]
    row.save(update_fields=["skipped"])
    return row


@transaction.atomic
def pause(*, feed: Feed) -> Feed:
    """Begin no more pictures until somebody reads on."""
    row = _locked(feed)
    if row.state == State.RUNNING:
        row.state = State.PAUSED
        row.save(update_fields=["state"])
        _withdraw(row)
    return row


@transaction.atomic
def end(*, feed: Feed) -> Feed:
    """Stop for good, in the middle of a picture too."""
    row = _locked(feed)
    if not row.is_over:
        row.state = State.ENDED
        row.save(update_fields=["state"])
        for generation in _generations(row).filter(status__in=[Status.QUEUED, Status.RUNNING]):
            cancel.cancel(generation=generation)
    return row


def pause_idle() -> None:
    """End the feeds that were forgotten, and pause the others that nobody reads."""
    _for_unread(FORGOTTEN, [State.RUNNING, State.PAUSED], end)
    _for_unread(IDLE, [State.RUNNING], pause)


def _locked(feed: Feed) -> Feed:
    return Feed.objects.select_for_update(of=("self",)).select_related("workspace", "person").get(pk=feed.pk)


def _generations(feed: Feed) -> QuerySet[Generation]:
    return Generation.objects.select_related("workspace").filter(feed=feed)


def _go_on(feed: Feed) -> Feed:
    """Somebody reads: note it, and ask for pictures until AHEAD of this prompt are to come or one is refused."""
    feed.state, feed.trouble = State.RUNNING, ""
    ahead = _generations(feed).filter(feed_index__gte=feed.seen, prompt=feed.prompt)
    coming = ahead.exclude(status=Status.CANCELED).count()
    for _ in range(coming, AHEAD):
        feed.trouble = _ask(feed)
        if feed.trouble:
            break
        feed.asked += 1
    feed.save(update_fields=["state", "prompt", "seen", "asked", "trouble", "uses_credit"])
    # The database's clock, which `pause_idle` reads too.
    Feed.objects.filter(pk=feed.pk).update(last_seen=Now())
    return feed


def _ask(feed: Feed) -> str:
    """Ask for the next picture; why not, when it is refused."""
    try:
        asked = request.submit(
            workspace=feed.workspace,
            requested_by=feed.person,
            source="page",
            prompt=feed.prompt,
            mode=MODE,
            n=1,
            size=feed.size,
            seed=catalog.seed_of(feed.seed, feed.asked),
            negative=feed.negative,
            guidance=feed.guidance,
            variety=feed.variety,
            feed=feed,
            share=feed.is_shared,
            use_credit=feed.uses_credit,
        )
    except InsufficientFunds:
        return "The credit does not suffice for the next picture."
    except REFUSALS as refused:
        return str(refused)
    if asked.status == Status.BLOCKED:
        # What is allowed has changed meanwhile: asking on would only be refused again.
        feed.state = State.ENDED
        return f"{asked.error_message} Nothing was charged for it."
    return ""


def _withdraw(feed: Feed) -> None:
    """Take back the pictures that no worker has begun."""
    for generation in _generations(feed).filter(status=Status.QUEUED):
        cancel.withdraw(generation=generation)


def _for_unread(time: timedelta, states: Iterable[str], act: Callable[..., Feed]) -> None:
    with scopes_disabled():
        rows = Feed.objects.select_related("workspace").filter(state__in=states, last_seen__lt=Now() - time)
        unread = list(rows.order_by("last_seen")[:LIMIT])
    for feed in unread:
        with scope(workspace=feed.workspace), transaction.atomic():
            # The reader may have come back between the look and now.
            if Feed.objects.select_for_update().filter(pk=feed.pk, last_seen__lt=Now() - time).exists():
                act(feed=feed)
                log.info("feed_unread", feed=str(feed.pk), act=act.__name__)
