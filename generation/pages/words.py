"""How pages say what happened: short, plain, and what was not charged."""

from collections.abc import Sequence

from accounts.models import Membership, User
from accounts.permissions import Action, allows
from billing.ledger import InsufficientFunds
from billing.prices import MICROS_PER_DOLLAR
from generation import catalog, valkey
from generation.models import Feed, Generation
from generation.services import admit, browse, estimate, workers

Status = Generation.Status


def state(generation: Generation, *, done: int, charged: int = 0) -> str:
    """The generation's state in words: so many of its pictures are finished, and cost so many micro-dollars."""
    match generation.status:
        case Status.QUEUED:
            return _waiting(generation)
        case Status.RUNNING:
            return "Stopping" if generation.cancel_requested_at else "Drawing"
        case Status.SUCCEEDED:
            done_in = f"Done in {_elapsed(generation)}"
            return f"{done_in}. {generation.error_message}" if generation.error_message else done_in
        case Status.CANCELED:
            return _stopped(generation, done, charged)
        case _:
            return _failed(generation, charged)


def feed(feed: Feed) -> str:
    """The feed's state in words."""
    if feed.is_over:
        ended = f"Ended after {counted(browse.feed_drawn(feed=feed))}."
        return f"{feed.trouble} {ended}" if feed.trouble else ended
    if feed.state == Feed.State.PAUSED:
        return "Paused."
    if feed.trouble:
        return feed.trouble
    current = browse.feed_current(feed=feed)
    return state(current, done=0) if current else "More is drawn as you scroll on."


def barred(member: Membership, modes: Sequence[catalog.Mode], *, person: User | None = None) -> str:
    """Why this member finds no composer; "" where there is one."""
    if person and person.locked_from_making_at:
        return str(admit.Locked(person))
    if not allows(member.role, Action.CREATE):
        return (
            "You look on in this workspace: viewers see what is shared and make no pictures. Ask an admin to change it."
        )
    return "" if modes else "The modes that you may use here are not part of the workspace's plan. Ask an admin."


def blocked(reason: str) -> str:
    """Why nothing is drawn, and what can be done about it."""
    return f"{reason} Nothing was drawn or charged. If this is wrong, object to it under Decisions about your pictures."


def too_poor(refusal: InsufficientFunds) -> str:
    """Without the balance, which not everybody sees."""
    return f"This costs {cents(refusal.needed_micros)}, more than the workspace has of credit. Nothing was charged."


def counted(pictures: int) -> str:
    return "1 picture" if pictures == 1 else f"{pictures} pictures"


def requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number:,} requests"


def took(milliseconds: float | None) -> str:
    """How long a request took, no finer than anybody reads."""
    if milliseconds is None:
        return "–"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 100_000 else f"{milliseconds / 1000:.0f} s"


def mode(name: str) -> str:
    known = catalog.MODES.get(name)
    return known.label if known else name.capitalize()


def person(generation: Generation) -> str:
    """Who asked for it."""
    who = generation.requested_by.get_short_name() if generation.requested_by else "someone who left"
    return f"{who}, by API" if generation.source == Generation.Source.API else who


def seconds(value: float) -> str:
    return f"{value:.1f} s"


def size(value: catalog.Size) -> str:
    """Never broken at the end of a line."""
    return f"{value.width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{value.height}"


def dollars(micros: int) -> str:
    """Whole dollars without cents."""
    amount = micros / MICROS_PER_DOLLAR
    return f"${amount:.0f}" if amount.is_integer() else f"${amount:.2f}"


def cents(micros: int) -> str:
    """For sums that stand in a column."""
    return f"${micros / MICROS_PER_DOLLAR:,.2f}"


def _elapsed(generation: Generation) -> str:
    start, end = generation.started_at or generation.created_at, generation.finished_at
    return seconds((end - start).total_seconds()) if end else "no time"


def _waiting(generation: Generation) -> str:
    if not valkey.hint("workers", lambda _: workers.live_workers()):
        return "Queued. No model is running at the moment; drawing starts as soon as one is back."
    wait = estimate.waiting(generation)
    if not wait.ahead:
        return "Queued. Drawing starts when the model is free."
    behind = f"Queued behind {wait.ahead} picture{'' if wait.ahead == 1 else 's'}"
    return f"{behind}. Drawing starts in about {_about(wait.seconds)}." if wait.seconds else f"{behind}."


def _about(seconds: float) -> str:
    """No more exact than an estimate is."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 3600 else f"{round(seconds / 3600)} h"


def _stopped(generation: Generation, done: int, charged: int) -> str:
    if not done:
        return f"Stopped. {_uncharged(generation, charged)}"
    return f"Stopped after {done} of {generation.n} pictures."


def _failed(generation: Generation, charged: int) -> str:
    message = generation.error_message.strip() or "The picture could not be drawn."
    # Some messages say it themselves.
    return message if "charged" in message else f"{message} {_uncharged(generation, charged)}"


def _uncharged(generation: Generation, charged: int) -> str:
    if not charged:
        return "Nothing was charged."
    if generation.included:
        return f"Of the finished pictures {cents(charged)} was charged; the others are part of the plan."
    return "Only the finished pictures were charged."
