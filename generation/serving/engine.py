"""The engine: requests of many threads in, rows and pictures out; all of them are drawn in one running batch.

One thread steps the batch (`loop`), others turn codes into pixels, so that no preview holds up the drawing. Each
request has a mailbox, from which its own thread takes what is ready.
"""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import structlog
import torch
from torch import Tensor

from generation import catalog
from generation.aurora import checkpoint, precision, text
from generation.aurora.batch import Batch, Brief, Kept, Origin
from generation.aurora.checkpoint import WeightsError
from generation.aurora.fused import FusedStep, NotBuilt
from generation.aurora.planning import Planner
from generation.aurora.prefix import Sampling
from generation.aurora.stepping import EagerStep, Step
from generation.aurora.tokenizer import POSITION
from generation.aurora.transformer import Transformer
from generation.serving.loop import Drawn, Loop
from generation.serving.model import Capabilities, DrawRequest, PictureDrawn, Room, RowDrawn, Source, TooLarge
from generation.serving.painters import Painters
from generation.serving.previews import Canvas, png
from generation.serving.source import kept_of, put_into

__all__ = ["Engine", "WeightsError"]

SLOTS = 8
"""Pictures drawn at once."""

PAINTERS = 2
"""Threads that make pixels. While nothing is stepped they have its core too."""

LONGEST = 4096
"""Tokens of a sequence: a prompt of 1,000 Hangul syllables in quotes, its plan, and a 1080p picture fit."""

LOOK_SECONDS = 0.05
"""How often a request that waits for its pictures asks whether it is to stop."""

TOP_P = 0.95
"""Of the probability, how much is drawn from."""

Mailbox = queue.Queue[RowDrawn | PictureDrawn | Exception]

log = structlog.get_logger(__name__)


class Engine:
    def __init__(self, model: checkpoint.Loaded, step: Step) -> None:
        self._model, self.name = model, model.name
        self.tokenizer = model.tokenizer.folded(precision.best(torch.device("cpu")))
        self._batch: Batch[Drawn] = Batch(step, Planner(model.transformer, model.text))
        self.capabilities = Capabilities(
            frozenset(catalog.MODES),
            frozenset((size.width, size.height) for mode in catalog.MODES.values() for size in mode.sizes),
            slots=self._batch.free,
            references=frozenset({"edit"}),
        )
        self._loop = Loop(self._batch)
        self._painters = Painters(PAINTERS)

    @classmethod
    def load(cls, folder: Path | None = None, *, built: Path | None = None, slots: int = SLOTS) -> "Engine":
        """The engine on the weights of `folder` (default: the shipped ones); its step is `best_step`. Raises
        WeightsError."""
        model = checkpoint.load(folder)
        if torch.cuda.is_available():
            model.transformer.cuda()
        return cls(model, best_step(model.transformer, built=built, slots=slots))

    def room(self) -> Room:
        return self._loop.room()

    def on_room(self, callback: Callable[[], None]) -> None:
        self._loop.on_room(callback)

    def close(self) -> None:
        self._loop.close()
        self._painters.close()

    def draw(self, request: DrawRequest, *, should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]:
        """Rows come as they are whole, but for those that newer ones overtake; pictures as they are finished, in any
        order. They are in line when this returns. Ends early, silently, when told to stop. Raises TooLarge."""
        pictures = self._pictures(request)
        self._loop.join(pictures)
        return self._events(pictures, should_stop)

    def _events(self, pictures: "list[_Picture]", should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]:
        try:
            yield from _taken(pictures[0].mailbox, len(pictures), should_stop)
        finally:
            self._loop.leave(pictures)

    def _pictures(self, request: DrawRequest) -> "list[_Picture]":
        grid, scale = layout(request.width, request.height)
        caption, avoided = (self._model.text.encode(words) for words in (request.prompt, request.steering.negative))
        sampling, mailbox = sampling_of(request), Mailbox()
        if not caption and not avoided:
            # Nothing to be led to or from: the sequence without a prompt, known from training, alone.
            sampling = replace(sampling, guidance=1.0)
        caption = caption or [text.NULL]
        origin = self._origin(request)
        briefs = [
            Brief(
                caption,
                grid,
                seed,
                sampling,
                kept=self._kept(request.source, grid, scale, seed),
                avoided=avoided,
                origin=origin,
            )
            for seed in request.seeds
        ]
        if not self._batch.fits(briefs[0]):
            raise TooLarge("This prompt and this size together are more than the model can hold; shorten the prompt.")
        return [_Picture(self, request, index, brief, mailbox) for index, brief in enumerate(briefs)]

    def _kept(self, source: Source | None, grid: tuple[int, int], scale: int, seed: int) -> Kept | None:
        return kept_of(self.tokenizer, source, grid, scale, seed) if source else None

    def _origin(self, request: DrawRequest) -> Origin | None:
        """Other words than the picture's own need a region that is theirs."""
        source = request.source
        if source is None or source.origin is None:
            return None
        if source.mask is None and request.prompt != source.origin.prompt:
            return None
        return Origin(self._model.text.encode(source.origin.prompt) or [text.NULL], source.origin.seed)

    def paint(self, picture: "_Picture", work: Callable[[], None]) -> None:
        """Have pixels of a picture made, on a thread for that."""
        self._painters.paint(picture.turn, work)

    def painted(self, picture: "_Picture") -> None:
        """A picture is finished: its slot is free."""
        self._loop.painted(picture)


class _Picture(Drawn):
    """One picture of a request: positions come in on the loop's thread, pixels go out on the painter's."""

    def __init__(self, engine: Engine, request: DrawRequest, index: int, brief: Brief, mailbox: Mailbox) -> None:
        self.brief, self.mailbox = brief, mailbox
        self.turn = request.turns[index] if request.turns else 0.0
        self._engine, self._request, self._index = engine, request, index
        self._canvas = Canvas(engine.tokenizer, brief.grid, brief.kept)
        self._begun = 0.0
        self._preview_asked = self._finished = False
        self._painting = threading.Lock()

    def begin(self) -> None:
        self._begun = time.monotonic()

    def put(self, codes_42: Tensor) -> None:
        row_is_whole = self._canvas.put(codes_42)
        if self._canvas.complete:
            self._engine.paint(self, self._finish)
        elif row_is_whole and self._request.previews and not self._preview_asked:
            self._preview_asked = True
            self._engine.paint(self, self._preview)

    def fail(self, error: Exception) -> None:
        self.mailbox.put(error)

    def _preview(self) -> None:
        self._preview_asked = False
        self._tell(self._row)

    def _row(self) -> RowDrawn | None:
        """The newest row. Once all are there the picture itself is next; but a first look there is always."""
        rows, shown = min(self._canvas.rows, self.brief.grid[0] - 1), self._canvas.shown
        if rows <= shown or (shown and self._canvas.complete):
            return None
        return RowDrawn(self._index, rows, self.brief.grid[0], self._canvas.webp(rows))

    def _finish(self) -> None:
        if self._request.previews and not self._canvas.shown:
            # Another thread may be about to show a first row, and come too late.
            self._tell(self._row)
        self._tell(self._picture)
        self._engine.painted(self)

    def _picture(self) -> PictureDrawn:
        request = self._request
        scale = layout(request.width, request.height)[1]
        image_CHW = self._engine.tokenizer.to_image(self._canvas.codes_HW42[None], scale=scale)[0]
        image_CHW = _cropped(image_CHW, request.width, request.height)
        image = png(put_into(request.source, image_CHW) if request.source else image_CHW)
        seconds = round(time.monotonic() - self._begun, 3)
        return PictureDrawn(self._index, self.brief.seed, image, seconds, self._canvas.drawn)

    def _tell(self, work: Callable[[], RowDrawn | PictureDrawn | None]) -> None:
        """One after the other, and nothing after the picture itself."""
        with self._painting:
            if self._finished:
                return
            try:
                event: RowDrawn | PictureDrawn | Exception | None = work()
            except Exception as error:
                log.exception("pixels_failed")
                event = error
            self._finished = isinstance(event, PictureDrawn)
            if event:
                self.mailbox.put(event)


def _taken(mailbox: Mailbox, pictures: int, should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]:
    """What comes into the mailbox until all pictures are there."""
    while pictures and not should_stop():
        try:
            event = mailbox.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            continue
        if isinstance(event, Exception):
            raise event
        pictures -= isinstance(event, PictureDrawn)
        yield event


def sampling_of(request: DrawRequest) -> Sampling:
    """As the request says, and where it is silent as its mode does."""
    mode, told = catalog.MODES[request.mode], request.steering
    guidance = mode.guidance if told.guidance is None else told.guidance
    temperature = mode.variety if told.variety is None else told.variety
    return Sampling(guidance=guidance, temperature=temperature, top_p=TOP_P)


def best_step(model: Transformer, *, built: Path | None, slots: int) -> Step:
    """The fused step on a CPU, with half of the cores, as the others make pixels; it is built into the folder `built`
    the first time. The eager one on CUDA and where the fused one cannot be built."""
    if built and not torch.cuda.is_available():
        threads = fused_threads()
        torch.set_num_threads(threads)
        try:
            return FusedStep(model, kv_rows=2 * slots, longest=LONGEST, threads=threads, folder=built)
        except NotBuilt as error:
            log.warning("fused_step_not_built", reason=str(error))
    return EagerStep(model, kv_rows=2 * slots, longest=LONGEST)


def fused_threads() -> int:
    return max(1, len(os.sched_getaffinity(0)) // 2)


def layout(width: int, height: int) -> tuple[tuple[int, int], int]:
    """The grid (rows, columns) of whole positions that covers a picture, and the decoder's exit: x2 from 512 pixels."""
    scale = 2 if min(width, height) >= 512 else 1
    cell = POSITION * scale
    return (-(-height // cell), -(-width // cell)), scale


def _cropped(image_CHW: Tensor, width: int, height: int) -> Tensor:
    """The middle of it."""
    top, left = (image_CHW.shape[1] - height) // 2, (image_CHW.shape[2] - width) // 2
    return image_CHW[:, top : top + height, left : left + width]
