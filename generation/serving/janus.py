"""Janus-Pro behind the same door as our own model: one size, one mode, one request at a time."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import torch

from generation.serving.janus_checkpoint import JanusCheckpoint
from generation.serving.line import Line, Place
from generation.serving.model import Capabilities, DrawRequest, PictureDrawn, Room, RowDrawn, TooLarge
from generation.serving.previews import png, webp

SLOTS = 4
MODE = "quality"


class Janus:
    """Requests are drawn one after another, whose turn is first first, and of a request SLOTS pictures at once."""

    def __init__(self, name: str, checkpoint: JanusCheckpoint) -> None:
        self.name = name
        self._checkpoint = checkpoint
        side = checkpoint.side
        self.capabilities = Capabilities(frozenset({MODE}), frozenset({(side, side)}), SLOTS)
        self._line = Line(SLOTS)

    @classmethod
    def load(cls, folder: Path) -> "Janus":
        """The model of a checkpoint folder, under the folder's name. Raises ModelError."""
        return cls(folder.resolve().name, JanusCheckpoint.load(folder, slots=SLOTS))

    def draw(
        self, request: DrawRequest, *, should_stop: Callable[[], bool]
    ) -> Generator[RowDrawn | PictureDrawn, None, None]:
        """In line as soon as it is called. Rows of the pictures drawn at once come together, then those pictures.
        Ends early, silently, when told to stop. Raises TooLarge."""
        self._refuse_others(request)
        places = self._line.join(request.turns or (0.0,) * len(request.seeds))
        return self._in_turn(request, places, should_stop)

    def room(self) -> Room:
        return self._line.room()

    def on_room(self, callback: Callable[[], None]) -> None:
        self._line.on_room(callback)

    def close(self) -> None:
        """It has no threads of its own."""

    def _refuse_others(self, request: DrawRequest) -> None:
        if request.mode not in self.capabilities.modes:
            raise TooLarge(f"{self.name} draws in mode {MODE} alone, not in mode {request.mode}.")
        if (request.width, request.height) not in self.capabilities.sizes:
            side = self._checkpoint.side
            raise TooLarge(f"{self.name} draws {side}x{side} alone, not {request.width}x{request.height}.")

    def _in_turn(
        self, request: DrawRequest, places: list[Place], should_stop: Callable[[], bool]
    ) -> Generator[RowDrawn | PictureDrawn, None, None]:
        try:
            for place in places:
                if not self._line.wait(place, should_stop):
                    return
                yield from self._batch(request, place.pictures, should_stop)
                self._line.leave([place])
        except torch.OutOfMemoryError as error:
            raise TooLarge(f"There is no memory left for {SLOTS} pictures of {self.name} at once.") from error
        finally:
            self._line.leave(places)

    def _batch(
        self, request: DrawRequest, pictures: Sequence[int], should_stop: Callable[[], bool]
    ) -> Iterator[RowDrawn | PictureDrawn]:
        begun, grid = time.monotonic(), self._checkpoint.grid
        seeds = [request.seeds[index] for index in pictures]
        drawn: list[torch.Tensor] = []
        for tokens_N in self._checkpoint.tokens(request.prompt, seeds):
            if should_stop():
                return
            drawn.append(tokens_N)
            rows, more = divmod(len(drawn), grid)
            if request.previews and not more and rows < grid:
                for index, tokens_P in zip(pictures, torch.stack(drawn, dim=1), strict=True):
                    image = webp(self._checkpoint.pixels(tokens_P.view(rows, grid)), self._checkpoint.side)
                    yield RowDrawn(index, rows, grid, image)
        for index, seed, tokens_P in zip(pictures, seeds, torch.stack(drawn, dim=1), strict=True):
            image = png(self._checkpoint.pixels(tokens_P.view(grid, grid)))
            yield PictureDrawn(index, seed, image, round(time.monotonic() - begun, 3), grid**2)
