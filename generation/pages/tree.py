"""The family of a picture as a drawing: small pictures, joined by lines, the oldest on top."""

from dataclasses import dataclass

from generation import storage
from generation.models import Picture
from generation.services.family import Family, Node

SIDE, GAP, DROP = 56, 12, 30
EDGE = 4
"""Room for the line around a picture that is looked at."""

WORDS = {"edit": "Edit", "subtle": "Subtle variation", "strong": "Strong variation", "": "Original"}


@dataclass(frozen=True)
class Leaf:
    """One small picture: where its upper left corner is, and the line from its parent down to it ("" for the first)."""

    picture: Picture
    x: float
    y: float
    line: str
    is_here: bool

    @property
    def url(self) -> str:
        return storage.picture_url(self.picture)

    @property
    def words(self) -> str:
        change = self.picture.generation.change
        return WORDS.get(change, change.capitalize())


@dataclass(frozen=True)
class Tree:
    leaves: list[Leaf]
    width: float
    height: float
    is_cut: bool
    is_more: bool
    side: int = SIDE


def draw(family: Family, *, here: Picture) -> Tree:
    leaves: list[Leaf] = []
    columns = _place(family.top, here, leaves, left=0, level=0, parent=None)
    depth = max(leaf.y for leaf in leaves)
    width = columns * (SIDE + GAP) - GAP + 2 * EDGE
    # Parents before children, so that the keyboard goes from the old to the new.
    return Tree(leaves[::-1], width, depth + SIDE + EDGE, family.is_cut, family.is_more)


def _place(node: Node, here: Picture, leaves: list[Leaf], *, left: int, level: int, parent: float | None) -> int:
    """Put the node in the middle above what came of it; returns how many columns it takes."""
    width = _columns(node)
    x = EDGE + (left + (width - 1) / 2) * (SIDE + GAP)
    y = EDGE + level * (SIDE + DROP)
    start = left
    for child in node.children:
        start += _place(child, here, leaves, left=start, level=level + 1, parent=x)
    leaves.append(Leaf(node.picture, x, y, _line(parent, x, y), node.picture.pk == here.pk))
    return width


def _columns(node: Node) -> int:
    return max(1, sum(map(_columns, node.children)))


def _line(parent: float | None, x: float, y: float) -> str:
    """From the middle of the parent's lower edge, in two gentle bends."""
    if parent is None:
        return ""
    start, end, half = parent + SIDE / 2, x + SIDE / 2, y - DROP / 2
    return f"M{start:g} {y - DROP:g}C{start:g} {half:g} {end:g} {half:g} {end:g} {y:g}"
