"""A scene as data: what is where, before anything is drawn or said. The same seed gives the same scene.

Lengths are in positions of the model's grid (32 pixels at the tokenizer's x1 exit). Objects and letters lie on that
grid, so that the same thing is nearly always the same codes.
"""

from dataclasses import dataclass, field

from generation.world.vocabulary import Thing
from generation.world.words import WIDE

SQUARE = (8, 8)
PLACES = ("top", "middle", "bottom"), ("left", "center", "right")


@dataclass(frozen=True)
class Place:
    """A square of `span` positions with its upper left corner at (top, left)."""

    top: int
    left: int
    span: int

    @property
    def centre(self) -> tuple[float, float]:
        """y, x"""
        return (self.top + self.span / 2, self.left + self.span / 2)

    def overlaps(self, other: "Place") -> bool:
        return (
            self.top < other.top + other.span
            and other.top < self.top + self.span
            and self.left < other.left + other.span
            and other.left < self.left + self.span
        )


@dataclass(frozen=True)
class Group:
    """One kind of object in one colour (None is its own) and one size (small, big or ""), as often as `places`."""

    thing: Thing
    colour: str | None
    size: str
    places: tuple[Place, ...]

    @property
    def count(self) -> int:
        return len(self.places)


@dataclass(frozen=True)
class Relation:
    """groups[first] is `name` (one of vocabulary.RELATIONS) groups[second]."""

    first: int
    name: str
    second: int


@dataclass(frozen=True)
class Writing:
    """Text on a board. `kind` is sign, label or poster; `lines` start at (top, left), one position high each.

    The board reaches half a position beyond the text on every side; a sign stands on a post below it.
    """

    kind: str
    script: str
    lines: tuple[str, ...]
    board: str
    top: int
    left: int

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def letter(self) -> float:
        """Width of a letter in positions."""
        return 1.0 if self.script in WIDE else 0.5

    @property
    def width(self) -> int:
        """Positions that the longest line needs, rounded up."""
        return max(int(len(line) * self.letter + 0.5) for line in self.lines)


@dataclass(frozen=True)
class Backdrop:
    """`kind` is outdoor (sky over ground, split at row `horizon`), plain, gradient or checker.

    `colours` are names of the vocabulary: one for plain, two for gradient (top, bottom) and checker.
    """

    kind: str
    sky: str = ""
    ground: str = ""
    colours: tuple[str, ...] = ()
    horizon: int = 0


@dataclass(frozen=True)
class Light:
    """`side` is where it comes from (left, right or ""); `beams` are seen in the air; glossy grounds may `mirror`."""

    side: str = ""
    beams: bool = False
    mirror: bool = False


@dataclass(frozen=True)
class Scene:
    """Groups are drawn in their order, the first farthest behind."""

    seed: int
    backdrop: Backdrop
    groups: tuple[Group, ...] = ()
    relation: Relation | None = None
    writing: Writing | None = None
    style: str = "render"
    light: Light = field(default_factory=Light)
    grid: tuple[int, int] = SQUARE

    @property
    def items(self) -> list[tuple[Group, Place]]:
        """Every single object in the order of drawing."""
        return [(group, place) for group in self.groups for place in group.places]


def region(place: Place, grid: tuple[int, int]) -> tuple[str, str]:
    """In which third of the picture a place's centre lies: (top, middle or bottom; left, center or right)."""
    y, x = place.centre
    return PLACES[0][int(min(y / grid[0] * 3, 2))], PLACES[1][int(min(x / grid[1] * 3, 2))]
