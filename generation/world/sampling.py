"""Random scenes: of every kind that a prompt may ask for, on the wanted side of the split."""

import random
from collections.abc import Sequence

from generation.world.scene import SQUARE, Backdrop, Group, Light, Place, Relation, Scene, Writing
from generation.world.split import is_held_out
from generation.world.vocabulary import (
    BOARDS,
    COLOURS,
    GLOSSY,
    GROUNDS,
    RELATIONS,
    SKIES,
    STYLES,
    THINGS,
    TINTS,
    Thing,
)
from generation.world.words import sample_word

KINDS = {"empty": 3, "one": 24, "pair": 22, "count": 17, "few": 12, "crowd": 8, "text": 14}
SPANS = {"small": 2, "": 3, "big": 4}  # on a grid of 8 rows
WIDE_SPANS = {"small": 3, "": 4, "big": 6}  # on larger grids
_SCRIPTS = {"latin": 50, "hangul": 22, "cyrillic": 10, "greek": 8, "kana": 10}


def sample_scene(
    seed: int, grid: tuple[int, int] = SQUARE, *, things: Sequence[Thing] = THINGS, kind: str | None = None
) -> Scene:
    """A random scene that shows no held-out combination. The same arguments give the same scene."""
    return _Sampler(random.Random(seed), seed, grid, things).scene(kind)


class _Sampler:
    def __init__(self, rng: random.Random, seed: int, grid: tuple[int, int], things: Sequence[Thing]) -> None:
        self.rng, self.seed, self.grid, self.things = rng, seed, grid, things
        self.spans = SPANS if min(grid) <= 8 else WIDE_SPANS
        self.taken: list[Place] = []

    def scene(self, kind: str | None) -> Scene:
        rng = self.rng
        self.kind = kind or rng.choices(tuple(KINDS), weights=tuple(KINDS.values()))[0]
        self.backdrop = self._backdrop()
        self.style = (
            rng.choice(STYLES[1:]) if rng.random() < 0.3 and self.kind in ("empty", "one", "pair") else "render"
        )
        writing = self._writing() if self.kind == "text" else None
        groups, relation = self._groups()
        return Scene(self.seed, self.backdrop, groups, relation, writing, self.style, self._light(), self.grid)

    def _groups(self) -> tuple[tuple[Group, ...], Relation | None]:
        rng = self.rng
        if self.kind == "pair":
            return self._pair()
        count = {"empty": 0, "one": 1, "count": 1, "text": int(rng.random() < 0.5)}.get(self.kind)
        if count is None:
            most = self.grid[0] * self.grid[1] // 5
            count = rng.randint(3, 4) if self.kind == "few" else rng.randint(5, min(12, most))
        groups: list[Group] = []
        for _ in range(count):
            group = self._group(groups)
            if group.places:
                groups.append(group)
        return tuple(groups), None

    def _group(self, so_far: list[Group]) -> Group:
        thing, colour = self._thing_and_colour({(group.thing, group.colour) for group in so_far})
        size = "" if self.kind in ("count", "few") else self._size()
        if self.kind in ("crowd", "text"):
            size = "small"
        wanted = self.rng.choices((2, 3, 4, 5, 6), weights=(3, 3, 3, 2, 2))[0] if self.kind == "count" else 1
        if self.kind == "few" and self.rng.random() < 0.2:
            wanted = 2
        if self.kind in ("count", "few") and (wanted > 2 or self.kind == "few"):
            size = "small" if wanted > 4 or self.rng.random() < 0.5 else size
        return Group(thing, colour, size, self._spread(size, wanted))

    def _spread(self, size: str, wanted: int) -> tuple[Place, ...]:
        """Places for so many; none when the grid is too full for all, so that a count is never short."""
        places = [place for _ in range(wanted) if (place := self._free(self.spans[size])) is not None]
        if len(places) < wanted and size != "small":
            self.taken = [place for place in self.taken if place not in places]
            return self._spread("small", wanted)
        return tuple(sorted(places, key=lambda place: (place.top, place.left))) if len(places) == wanted else ()

    def _free(self, span: int) -> Place | None:
        for attempt in range(60):
            place = Place(self._top(span, attempt), self.rng.randint(0, self.grid[1] - span), span)
            if not any(place.overlaps(other) for other in self.taken):
                self.taken.append(place)
                return place
        return None

    def _top(self, span: int, attempt: int) -> int:
        """Outdoors things stand on the ground while there is room on it."""
        lowest = self.grid[0] - span
        if self.backdrop.kind == "outdoor" and self.kind in ("one", "few", "text", "count") and attempt < 30:
            return self.rng.randint(min(max(self.backdrop.horizon - span + 1, 0), lowest), lowest)
        return self.rng.randint(0, lowest)

    def _pair(self) -> tuple[tuple[Group, ...], Relation | None]:
        rng = self.rng
        first, first_colour = self._thing_and_colour(set())
        name = rng.choice(RELATIONS)
        while True:
            second, second_colour = self._thing_and_colour({(first, first_colour)})
            if first != second and not is_held_out("relation", first.name, name, second.name):
                break
        sizes, places = self._related(name)
        groups = (
            Group(first, first_colour, sizes[0], (places[0],)),
            Group(second, second_colour, sizes[1], (places[1],)),
        )
        if name == "in front of":
            return groups[::-1], Relation(1, name, 0)
        return groups, Relation(0, name, 1)

    def _related(self, name: str) -> tuple[tuple[str, str], tuple[Place, Place]]:
        """Sizes and places of the first and the second object."""
        if name in ("in front of", "behind"):
            back, front = self._overlapping()
            return (("", "big"), (front, back)) if name == "in front of" else (("big", ""), (back, front))
        sizes = (self.rng.choice(("small", "")), self.rng.choice(("small", "")))
        here, there = self.spans[sizes[0]], self.spans[sizes[1]]
        before, after = (here, there) if name in ("left of", "above") else (there, here)
        along, across = self.grid[::-1] if name in ("left of", "right of") else self.grid
        start = self.rng.randint(0, along - before - after)
        nearer = (start, before)
        farther = (self.rng.randint(start + before, along - after), after)
        shift = self.rng.choice((-1, 0, 0, 1))
        low = self.rng.randint(max(0, shift), across - max(before, after) - max(0, -shift) - max(0, shift))
        pair = self._place(name, nearer, low), self._place(name, farther, max(low + shift, 0))
        return sizes, pair if name in ("left of", "above") else pair[::-1]

    def _place(self, name: str, along: tuple[int, int], across: int) -> Place:
        start, span = along
        return Place(across, start, span) if name in ("left of", "right of") else Place(start, across, span)

    def _overlapping(self) -> tuple[Place, Place]:
        """A big object and one in front that hides a lower corner of it."""
        big, small = self.spans["big"], self.spans[""]
        rows, columns = self.grid
        back = Place(self.rng.randint(0, rows - big - 1), self.rng.randint(1, columns - big - 1), big)
        lefts = [
            left for left in (back.left - small // 2, back.left + big - small // 2 - 1) if 0 <= left <= columns - small
        ]
        return back, Place(min(back.top + big - small + 1, rows - small), self.rng.choice(lefts), small)

    def _thing_and_colour(self, unlike: set[tuple[Thing, str | None]]) -> tuple[Thing, str | None]:
        """Often the same thing again in another colour, so that colours must be bound to the right one."""
        rng = self.rng
        while True:
            thing = rng.choice([thing for thing, _ in unlike] if unlike and rng.random() < 0.1 else self.things)
            colour = rng.choice(TINTS) if rng.random() < 0.5 else None
            if self._vanishes(colour or thing.own_colour):
                continue
            if (thing, colour) in unlike or (colour and is_held_out("colour", thing.name, colour)):
                continue
            if any(other == thing and None in (colour, shade) for other, shade in unlike):
                continue  # "an apple and a red apple" says nothing
            if not is_held_out("style", thing.name, self.style):
                return thing, colour

    def _vanishes(self, colour: str | None) -> bool:
        """Yellow on yellow cannot be seen."""
        return self.backdrop.kind == "plain" and colour in self.backdrop.colours

    def _size(self) -> str:
        return self.rng.choices(("small", "", "big"), weights=(2, 6, 3))[0]

    def _backdrop(self) -> Backdrop:
        rng = self.rng
        kind = rng.choices(("outdoor", "plain", "gradient", "checker"), weights=(58, 28, 8, 6))[0]
        if kind == "outdoor":
            half = self.grid[0] // 2
            return Backdrop(kind, rng.choice(SKIES), rng.choice(GROUNDS), horizon=rng.choice((half, half + half // 4)))
        return Backdrop(kind, colours=tuple(rng.sample(sorted(COLOURS), 1 if kind == "plain" else 2)))

    def _light(self) -> Light:
        rng = self.rng
        if self.backdrop.kind != "outdoor" or self.kind == "crowd":
            return Light()
        side = rng.choices(("", "left", "right"), weights=(60, 20, 20))[0]
        beams = bool(side) and self.backdrop.sky != "city" and rng.random() < 0.4
        return Light(side, beams, self.backdrop.ground in GLOSSY and rng.random() < 0.6)

    def _writing(self) -> Writing:
        rng = self.rng
        script = rng.choices(tuple(_SCRIPTS), weights=tuple(_SCRIPTS.values()))[0]
        kind = rng.choice(("sign", "label", "poster"))
        lines = tuple(sample_word(rng, script) for _ in range(2 if kind == "poster" and rng.random() < 0.3 else 1))
        draft = Writing(kind, script, lines, rng.choice(BOARDS), 0, 0)
        left = rng.randint(1, self.grid[1] - 1 - draft.width)
        top = rng.randint(1, self.grid[0] // 2 - len(lines) + 1)
        self.taken += board_places(top, left, draft.width, len(lines) + 2 * (kind == "sign"))
        return Writing(kind, script, lines, draft.board, top, left)


def board_places(top: int, left: int, width: int, height: int) -> list[Place]:
    """The single positions that a board and its post may touch."""
    return [
        Place(row, column, 1)
        for row in range(top - 1, top + height + 1)
        for column in range(left - 1, left + width + 1)
    ]
