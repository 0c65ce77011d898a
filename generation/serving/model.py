"""What every image model offers to the worker that hosts it, whichever model it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from generation.catalog import AS_MODE, Steering


class ModelError(Exception):
    """The model cannot be loaded; the message is one sentence that says what to do."""


class TooLarge(Exception):
    """A request that does not fit this model on this machine; the message says what would."""


@dataclass(frozen=True)
class Capabilities:
    """What a model can draw. `sizes` are (width, height) in pixels, `slots` pictures at once, `references` what it can
    start from: with "edit" it changes pictures."""

    modes: frozenset[str]
    sizes: frozenset[tuple[int, int]]
    slots: int
    previews: bool = True
    references: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Origin:
    """The words and the seed that a picture was drawn from."""

    prompt: str
    seed: int


@dataclass(frozen=True)
class Source:
    """`image` is a picture of the size that is asked for, as a file. Drawn anew is what `mask` shows in white (a file
    of the same size), or without one a `share` (0 to 1) of the positions, other ones for each seed. `origin` is given
    where this model drew the picture, or the first of its line."""

    image: bytes
    mask: bytes | None = None
    share: float = 0.0
    origin: Origin | None = None


@dataclass(frozen=True)
class DrawRequest:
    """Pictures of one prompt, a seed each. `turns` are their places in the fair order, smaller first.

    With a `source` they are changes of that picture. `steering` binds models that can be led.
    """

    prompt: str
    mode: str
    width: int
    height: int
    seeds: tuple[int, ...]
    turns: tuple[float, ...] = ()
    previews: bool = True
    source: Source | None = None
    steering: Steering = AS_MODE


@dataclass(frozen=True)
class RowDrawn:
    """`row` of `rows` is whole (counted from 1); `webp` is the picture so far, small, the rest transparent."""

    index: int
    row: int
    rows: int
    webp: bytes


@dataclass(frozen=True)
class PictureDrawn:
    index: int
    seed: int
    png: bytes
    seconds: float
    positions: int


@dataclass(frozen=True)
class Room:
    """Slots that are free, pictures that wait for one, and the smallest turn among those."""

    free: int
    waiting: int
    first_waiting: float | None


class ImageModel(Protocol):
    """Draws requests of many threads at once."""

    name: str

    @property
    def capabilities(self) -> Capabilities: ...

    def draw(self, request: DrawRequest, *, should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]:
        """Rows and pictures as they come. Ends early, silently, when told to stop. Raises TooLarge."""
        ...

    def room(self) -> Room: ...

    def on_room(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, from any thread, whenever a slot has become free."""
        ...

    def close(self) -> None:
        """End the model's own threads."""
        ...
