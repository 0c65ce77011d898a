"""What can be asked for: modes, sizes, limits. Plain data, no torch, no database."""

import math
from dataclasses import dataclass

MAX_PROMPT = 1000
"""Characters of a prompt."""

MAX_NEGATIVE = 500
"""And of what a picture is led away from."""

GUIDANCE = (1.0, 8.0)
"""The least and the most strength of guidance: at 1 the model is followed as it is."""

VARIETY = (0.0, 1.5)
"""The least and the most temperature of sampling: at 0 always the likeliest is drawn."""

MAX_SEED = 2**32 - 1

MAX_N_API = 10
"""Pictures of one API request, whatever the mode; more than a batch are drawn in turn."""

MAX_PARTIALS = 3
"""Partial pictures that a stream has of each picture."""

BATCH = 4
"""Pictures the model draws at once."""

MODEL = "aurora-1"
"""The name clients ask for."""

MODEL_CREATED = 1_795_478_400
"""When the model was first shipped, in Unix seconds (24 November 2026)."""


@dataclass(frozen=True, order=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def ratio(self) -> str:
        """Width to height in lowest terms, such as "16:9"."""
        part = math.gcd(self.width, self.height)
        return f"{self.width // part}:{self.height // part}"


@dataclass(frozen=True)
class Steering:
    """How a picture is led: away from the words of `negative`, how strongly, how freely. None is the mode's own."""

    negative: str = ""
    guidance: float | None = None
    variety: float | None = None


AS_MODE = Steering()
"""Led as the mode does it."""


@dataclass(frozen=True)
class Mode:
    """A way of drawing. `default_n` and `max_n` are for pages; the API has its own. `guidance` and `variety` are what
    the model draws with unless it is told otherwise."""

    name: str
    label: str
    sizes: tuple[Size, ...]
    default_size: Size
    default_n: int
    max_n: int
    guidance: float
    variety: float

    def size(self, text: str) -> Size | None:
        """The size written as `text`, such as "512x512"; None when this mode does not offer it."""
        return next((size for size in self.sizes if str(size) == text), None)


_SQUARE = tuple(Size(side, side) for side in (256, 384, 512, 1024))
_SMALL, _, _LARGE, _ = _SQUARE
# Whole positions of 64 pixels, exactly in their ratios, no side longer than 20 positions.
_WIDE = (Size(1024, 768), Size(1152, 768), Size(1024, 576), Size(1280, 640), Size(1280, 576))
_TALL = tuple(Size(size.height, size.width) for size in _WIDE)
_PRO = (Size(1920, 1080), Size(1080, 1920))

MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        Mode("speed", "Speed", (_SMALL, _LARGE), _LARGE, 1, 4, 2.0, 0.95),
        Mode("quality", "Quality", (*_SQUARE, *_WIDE, *_TALL), _LARGE, 4, 4, 2.5, 0.9),
        Mode("pro", "Pro", _PRO, _PRO[0], 1, 4, 2.5, 0.9),
    )
}
"""By name, the quickest first."""


@dataclass(frozen=True)
class Grid:
    """The positions of a picture: squares of `cell` pixels. They stand out evenly on both sides of what is cut out."""

    cell: int
    columns: int
    rows: int
    left: int
    top: int


def grid(size: Size) -> Grid:
    """From 512 pixels of the shorter side the decoder's x2 exit is used, where a position covers 64 pixels, not 32."""
    cell = 64 if min(size.width, size.height) >= 512 else 32
    columns, rows = math.ceil(size.width / cell), math.ceil(size.height / cell)
    return Grid(cell, columns, rows, (columns * cell - size.width) // 2, (rows * cell - size.height) // 2)


def positions(size: Size) -> int:
    """Steps that a picture takes; what is drawn beyond its edges counts too."""
    squares = grid(size)
    return squares.columns * squares.rows


def seed_of(seed: int, index: int) -> int:
    """The seed of picture `index` of a generation with `seed`."""
    return (seed + index) % (MAX_SEED + 1)
