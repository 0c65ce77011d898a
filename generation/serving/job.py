"""Draws one generation inside the worker: draw, show, deliver, end."""

import base64
import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol

import structlog
from django.db.models.functions import Now
from django.utils import timezone
from django_scopes import scope

from generation import catalog, progress, storage
from generation.models import Generation, Picture, Reference
from generation.services import deliver, family, lease
from generation.services.moderation import after
from generation.services.moderation.moderator import BLOCK
from generation.services.patience import AWAY, patiently
from generation.serving.model import DrawRequest, Origin, PictureDrawn, RowDrawn, Source, TooLarge
from generation.serving.watch import Watch

Change = Generation.Change

SHARES: dict[str, float] = {Change.EDIT: 0.7, Change.SUBTLE: 0.4, Change.STRONG: 0.85}
"""Of the positions, how many are drawn anew where no mask says which."""

log = structlog.get_logger(__name__)


class Painter(Protocol):
    """What draws: the engine."""

    name: str

    def draw(self, request: DrawRequest, *, should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]: ...


def run(*, engine: Painter, generation: Generation, watch: Watch) -> None:
    """Draw what is missing of a generation that this worker has claimed."""
    about = {"generation": str(generation.pk), "attempt": generation.attempt}
    with scope(workspace=generation.workspace), structlog.contextvars.bound_contextvars(**about):
        progress.publish(generation, "started", {"attempt": generation.attempt, "model": engine.name})
        _attempt(engine, generation, watch)


def _attempt(engine: Painter, generation: Generation, watch: Watch) -> None:
    try:
        left = _missing(generation)
        if left:
            left = _draw(engine, generation, left, watch)
    except TooLarge as error:
        _fail(generation, code="too_large", message=str(error))
    except OSError as error:
        log.exception("picture_not_stored")
        reason = error.strerror or error
        message = f"The picture could not be stored: {reason}. Check the free space of the storage, then try again."
        _fail(generation, code="storage_failed", message=message)
    except AWAY:
        # Nothing can be written now. The lease expires, and the work goes on from there.
        log.exception("database_away")
    except Exception:
        log.exception("drawing_failed")
        patiently(lambda: lease.give_up(generation=generation))
    else:
        patiently(lambda: _end(generation, left, watch))


def _missing(generation: Generation) -> list[int]:
    """What earlier attempts have neither delivered nor withheld."""
    done = set(Picture.objects.filter(generation=generation).values_list("index", flat=True))
    done |= after.withheld(generation)
    return [index for index in range(generation.n) if index not in done]


def _first_preview(generation: Generation) -> None:
    """For the figures of the staff, once a generation; drawing goes on without it."""
    if generation.first_preview_at is None:
        generation.first_preview_at = timezone.now()
        rows = Generation.objects.filter(pk=generation.pk, first_preview_at=None)
        with contextlib.suppress(*AWAY):
            rows.update(first_preview_at=Now())


def _draw(engine: Painter, generation: Generation, indexes: list[int], watch: Watch) -> list[int]:
    """Draw the pictures of these indexes; those that were not delivered."""
    left = list(indexes)
    request = DrawRequest(
        prompt=generation.prompt,
        mode=generation.mode,
        width=generation.width,
        height=generation.height,
        seeds=tuple(generation.seed_of(index) for index in indexes),
        turns=tuple(generation.turn_of(index) for index in indexes),
        source=_source(generation, engine.name),
        steering=generation.steering,
    )
    # What is delivered blurred is not shown while it grows either.
    is_hidden = after.is_under_review(generation)
    for event in engine.draw(request, should_stop=watch.should_stop):
        # The engine counts within the request.
        index = indexes[event.index]
        if isinstance(event, RowDrawn):
            if not is_hidden:
                _show(generation, index, event)
                _first_preview(generation)
        elif _deliver(generation, index, event):
            left.remove(index)
        else:
            watch.is_over = True
    return left


def _source(generation: Generation, model: str) -> Source | None:
    """What it starts from, out of storage. Raises OSError."""
    if (reference := generation.reference) is None:
        return None
    mask = storage.read(reference.mask_key) if reference.mask_key else None
    origin = _origin(reference, model) if mask or generation.change != Change.EDIT else None
    return Source(storage.read(reference.image_key), mask, SHARES[generation.change], origin)


def _origin(reference: Reference, model: str) -> Origin | None:
    """How this model drew the picture, if it did, in the same size. Edits that keep no region are free of it."""
    first = family.root(reference.picture) if reference.picture else None
    if (
        first is None
        or first.generation.model != model
        or first.size != catalog.Size(reference.width, reference.height)
    ):
        return None
    return Origin(first.generation.prompt, first.seed)


def _show(generation: Generation, index: int, event: RowDrawn) -> None:
    image = "data:image/webp;base64," + base64.b64encode(event.webp).decode()
    progress.publish(generation, "preview", {"index": index, "row": event.row, "rows": event.rows, "image": image})


def _deliver(generation: Generation, index: int, event: PictureDrawn) -> bool:
    """Judge it, then deliver or withhold it; False when this attempt is over."""
    judged = patiently(lambda: after.judge(generation=generation, png=event.png))
    if judged.says(BLOCK):
        return patiently(lambda: after.withhold(generation=generation, index=index, png=event.png, judged=judged))
    delivered = patiently(
        lambda: deliver.deliver_picture(
            generation=generation,
            index=index,
            seed=event.seed,
            png=event.png,
            seconds=event.seconds,
            positions=event.positions,
            judged=judged,
        )
    )
    return delivered is not None


def _fail(generation: Generation, *, code: str, message: str) -> None:
    status = Generation.Status.FAILED
    patiently(lambda: lease.finish(generation=generation, status=status, code=code, message=message))


def _end(generation: Generation, left: list[int], watch: Watch) -> None:
    """Every write here is fenced: for an attempt that was taken over, nothing happens."""
    if not left:
        after.finish(generation)
    elif watch.is_over:
        lease.hand_back(generation=generation)
    else:
        log.error("engine_ended_early")
        lease.give_up(generation=generation)
