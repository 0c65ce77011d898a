"""How pages say what happened: short, plain, and what was not charged."""

from generation import catalog
from generation.models import Feed, Generation
from generation.services import browse, workers
from generation.valkey import Unavailable

Status = Generation.Status


def state(generation: Generation, *, done: int) -> str:
    """The generation's state in words; `done` is how many of its pictures are finished."""
    match generation.status:
        case Status.QUEUED:
            return _waiting()
        case Status.RUNNING:
            return "Stopping" if generation.cancel_requested_at else "Drawing"
        case Status.SUCCEEDED:
            return f"Done in {_elapsed(generation)}"
        case Status.CANCELED:
            return _stopped(generation, done)
        case _:
            return _failed(generation, done)


def feed(feed: Feed) -> str:
    """The feed's state in words."""
    if feed.is_over:
        return f"Ended after {counted(browse.feed_drawn(feed=feed))}."
    if feed.state == Feed.State.PAUSED:
        return "Paused."
    if feed.trouble:
        return feed.trouble
    current = browse.feed_current(feed=feed)
    return state(current, done=0) if current else "More is drawn as you scroll on."


def counted(pictures: int) -> str:
    return "1 picture" if pictures == 1 else f"{pictures} pictures"


def mode(name: str) -> str:
    known = catalog.MODES.get(name)
    return known.label if known else name.capitalize()


def person(generation: Generation) -> str:
    """Who asked for it."""
    who = generation.requested_by.get_short_name() if generation.requested_by else "someone who left"
    return f"{who}, by API" if generation.source == Generation.Source.API else who


def seconds(value: float) -> str:
    return f"{value:.1f} s"


def _elapsed(generation: Generation) -> str:
    start, end = generation.started_at or generation.created_at, generation.finished_at
    return seconds((end - start).total_seconds()) if end else "no time"


def _waiting() -> str:
    try:
        anyone = bool(workers.live_workers())
    except Unavailable:
        anyone = False
    if anyone:
        return "Queued. Drawing starts when the model is free."
    return "Queued. No model is running at the moment; drawing starts as soon as one is back."


def _stopped(generation: Generation, done: int) -> str:
    if not done:
        return f"Stopped. {_uncharged(generation, done)}"
    return f"Stopped after {done} of {generation.n} pictures."


def _failed(generation: Generation, done: int) -> str:
    message = generation.error_message.strip() or "The picture could not be drawn."
    # Some messages say it themselves.
    return message if "charged" in message else f"{message} {_uncharged(generation, done)}"


def _uncharged(generation: Generation, done: int) -> str:
    if done and generation.price_micros:
        return "Only the finished pictures were charged."
    return "Nothing was charged."
