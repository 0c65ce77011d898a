"""The engine: a prompt in, rows and pictures out, one position a step."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from generation import catalog
from generation.aurora import checkpoint, decoding
from generation.aurora.checkpoint import WeightsError
from generation.aurora.decoding import Sampling
from generation.aurora.planning import Planner
from generation.aurora.tokenizer import POSITION, Tokenizer
from generation.serving.model import Capabilities, DrawRequest, PictureDrawn, Room, RowDrawn
from generation.serving.previews import Canvas, png

__all__ = ["DrawRequest", "Engine", "PictureDrawn", "RowDrawn", "WeightsError"]

MAX_BATCH = 4
SAMPLING: dict[str, Sampling] = {
    "speed": Sampling(guidance=2.0, temperature=0.95, top_p=0.95),
    "quality": Sampling(guidance=2.5, temperature=0.9, top_p=0.95),
}


class Engine:
    def __init__(self, model: checkpoint.Loaded) -> None:
        self._model = model
        self._planner = Planner(model.transformer, model.text)
        self.name = model.name
        self._turn = threading.Lock()
        self._requests = 0
        self._callbacks: list[Callable[[], None]] = []

    @classmethod
    def load(cls, folder: Path | None = None) -> "Engine":
        """The engine on the weights of `folder` (default: the shipped ones). Raises WeightsError."""
        return cls(checkpoint.load(folder))

    @property
    def tokenizer(self) -> Tokenizer:
        return self._model.tokenizer

    @property
    def capabilities(self) -> Capabilities:
        sizes = {(size.width, size.height) for mode in catalog.MODES.values() for size in mode.sizes}
        return Capabilities(frozenset(SAMPLING), frozenset(sizes), slots=MAX_BATCH)

    def room(self) -> Room:
        return Room(free=0 if self._requests else 1, waiting=0, first_waiting=None)

    def on_room(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def close(self) -> None: ...

    def draw(
        self, request: DrawRequest, *, should_stop: Callable[[], bool], previews: bool = True
    ) -> Iterator[RowDrawn | PictureDrawn]:
        """One request after another, and of a request four pictures at once."""
        self._requests += 1
        return self._draw_in_turn(request, should_stop, previews)

    def _draw_in_turn(
        self, request: DrawRequest, should_stop: Callable[[], bool], previews: bool
    ) -> Iterator[RowDrawn | PictureDrawn]:
        try:
            with self._turn:
                for start in range(0, len(request.seeds), MAX_BATCH):
                    part = replace(request, seeds=request.seeds[start : start + MAX_BATCH])
                    for event in self._draw(part, should_stop=should_stop, previews=previews):
                        yield replace(event, index=event.index + start)
        finally:
            self._requests -= 1
            for callback in self._callbacks:
                callback()

    def _draw(
        self, request: DrawRequest, *, should_stop: Callable[[], bool], previews: bool
    ) -> Iterator[RowDrawn | PictureDrawn]:
        """Draw the pictures of a request side by side, at most four. Ends early, silently, when told to stop.

        Previews come as rows become whole; the pictures themselves come when all positions are there.
        """
        grid, scale = layout(request.width, request.height)
        begun = time.monotonic()
        canvases = [Canvas(self._model.tokenizer, grid) for _ in request.seeds]
        steps = self._steps(request, grid)
        for codes_N42 in steps:
            if should_stop():
                return
            done = [canvas.put(codes) for canvas, codes in zip(canvases, codes_N42, strict=True)]
            if previews and done[0] is not None:
                for index, canvas in enumerate(canvases):
                    yield RowDrawn(index, done[0], grid[0], canvas.webp(done[0]))
        for index, canvas in enumerate(canvases):
            image_CHW = self._model.tokenizer.to_image(canvas.codes_HW42[None], scale=scale)[0]
            seconds = (time.monotonic() - begun) / len(canvases)
            yield PictureDrawn(index, request.seeds[index], png(image_CHW), round(seconds, 3), grid[0] * grid[1])

    def _steps(self, request: DrawRequest, grid: tuple[int, int]) -> Iterator[Tensor]:
        """Plan every picture, then draw them position by position."""
        sampling, seeds, planner = SAMPLING[request.mode], list(request.seeds), self._planner
        caption = self._model.text.encode(request.prompt)
        plans = planner.write([caption] * len(seeds), grid, seeds, temperature=sampling.plan_temperature)
        prefixes = [planner.prefix(caption, plan, grid) for plan in plans]
        return decoding.draw(
            self._model.transformer, prefixes, planner.bare(grid), grid, seeds=seeds, sampling=sampling
        )


def layout(width: int, height: int) -> tuple[tuple[int, int], int]:
    """The grid (rows, columns) of positions and the decoder exit of a picture: the x2 exit from 512 pixels on."""
    scale = 2 if min(width, height) >= 512 else 1
    cell = POSITION * scale
    if width % cell or height % cell:
        raise ValueError(f"{width}x{height} is not a whole number of {cell}-pixel positions")
    return (height // cell, width // cell), scale
