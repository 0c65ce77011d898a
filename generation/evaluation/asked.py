"""What a prompt asks for, and whether what is seen agrees with it: GenEval's rules, with exact counts.

GenEval (Ghosh et al. 2023, arXiv 2310.11513) lets a picture show more than was asked for; here "a dog" is one dog.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.evaluation.seen import Seen
from generation.world.scene import Scene

ROOM = 0.1  # share of both sides that two centres may differ by before one is beside or above the other
SLANT = 0.5  # of the direction between two centres that must point the way of a relation


@dataclass(frozen=True)
class Wanted:
    """So many of a thing, in a colour ("" is any), each in a relation to those of another entry (its number)."""

    thing: str
    count: int = 1
    colour: str = ""
    position: tuple[str, int] | None = None


@dataclass(frozen=True)
class Prompt:
    """`exclude` names what must be fewer than its count. `scene` shows all of it, where it can be shown."""

    text: str
    include: tuple[Wanted, ...] = ()
    exclude: tuple[Wanted, ...] = ()
    written: str = ""
    script: str = ""
    style: str = ""
    task: str = ""
    scene: Scene | None = None


def agrees(prompt: Prompt, seen: Sequence[Seen]) -> bool:
    """Whether everything is there in the right number, colour and place, and nothing that is excluded."""
    groups = [_members(prompt.include, number, seen) for number in range(len(prompt.include))]
    return (
        all(len(group) == wanted.count for group, wanted in zip(groups, prompt.include, strict=True))
        and all(_placed(wanted, group, groups) for group, wanted in zip(groups, prompt.include, strict=True))
        and all(len(_alike(unwanted, seen)) < unwanted.count for unwanted in prompt.exclude)
    )


def _members(include: Sequence[Wanted], number: int, seen: Sequence[Seen]) -> list[Seen]:
    """Those of an entry: one without a colour leaves the colours that other entries of the same thing name."""
    wanted = include[number]
    taken = {other.colour for other in include if other.thing == wanted.thing and not wanted.colour} - {""}
    return [one for one in _alike(wanted, seen) if one.colour not in taken]


def _alike(wanted: Wanted, seen: Sequence[Seen]) -> list[Seen]:
    return [one for one in seen if one.thing == wanted.thing and wanted.colour in ("", one.colour)]


def _placed(wanted: Wanted, group: list[Seen], groups: list[list[Seen]]) -> bool:
    if wanted.position is None:
        return True
    name, target = wanted.position
    return all(related(one, name, other) for one in group for other in groups[target])


def related(one: Seen, name: str, other: Seen) -> bool:
    """Whether `one` is left of, right of, above, below, in front of or behind `other`."""
    if name in ("in front of", "behind"):
        front, back = (one, other) if name == "in front of" else (other, one)
        return front.overlaps(back) and back.hidden and not front.hidden
    room = ROOM * (one.side + other.side)
    gaps = [there - here for here, there in zip(one.centre, other.centre, strict=True)]
    y, x = (max(abs(gap) - room, 0) * (1 if gap > 0 else -1) for gap in gaps)
    length = (x * x + y * y) ** 0.5
    ways = {"left of": x, "right of": -x, "above": y, "below": -y}
    return length > 0 and ways[name] / length > SLANT
