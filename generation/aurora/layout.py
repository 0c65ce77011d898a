"""A plan as facts about every position: which part of which thing is there, which letters, which ground.

The plan's tokens say what stands where; this says the same seen from a place, so that drawing a position needs no
search. A fact is a row of an embedding table; those of a position are summed.
"""

import unicodedata
from functools import cached_property

import torch
from torch import Tensor

from generation.aurora import characters
from generation.aurora.plan import Plan, PlannedGroup, PlannedWriting, PlanWords

MOST_FACTS = 28
_ASIDE = 2  # columns beside a thing that its shadow may touch
_DEEP = range(-16, 32)  # rows from the horizon
Fact = tuple[object, ...]


class Facts:
    """Numbers of facts and of parts. Both are fixed by the words of the plan; 0 is nothing."""

    def __init__(self, words: PlanWords) -> None:
        self.words = words

    @cached_property
    def _spots(self) -> list[tuple[int, int, int]]:
        """(span, dy, dx) of every position in or around a thing: below is its reflection, beside its shadow."""
        return [(s, y, x) for s in self.words.spans for y in range(2 * s) for x in range(-_ASIDE, s + _ASIDE)]

    @cached_property
    def parts(self) -> dict[tuple[int, int, int], int]:
        """Numbers of the places inside a thing, by (span, row, column)."""
        inside = [(s, y, x) for s in self.words.spans for y in range(s) for x in range(s)]
        return {spot: number for number, spot in enumerate(inside)}

    @cached_property
    def ids(self) -> dict[Fact, int]:
        words, layers = self.words, ("front", "behind", "under")
        facts: list[Fact] = [("style", word) for word in words.styles]
        facts += [("backdrop", kind) for kind in ("outdoor", "plain", "gradient", "checker")]
        facts += [("sky", word) for word in words.skies] + [("ground", word) for word in words.grounds]
        facts += [("deep", row) for row in _DEEP] + [("horizon", row) for row in range(64)]
        facts += [(which, word) for which in ("first", "second") for word in words.colours]
        facts += [("light", word) for word in ("from left", "from right", "beams", "mirror")]
        facts += [(layer, "thing", word) for layer in layers for word in words.things]
        facts += [(layer, "colour", word) for layer in layers for word in ("", *words.colours)]
        facts += [(layer, *spot) for layer in layers for spot in self._spots]
        facts += [("board", word) for word in words.boards] + [("board colour", word) for word in words.colours]
        facts += [("board at", y, x) for y in range(-1, 8) for x in ("first", "inner", "last")] + [("post",)]
        facts += [(side, letter) for side in ("left", "right") for letter in characters.NARROW]
        facts += [("wide", letter) for letter in characters.KANA + characters.JAMO]
        return {fact: number for number, fact in enumerate(facts, 1)}

    @property
    def n_facts(self) -> int:
        return len(self.ids) + 1

    @property
    def n_parts(self) -> int:
        """Parts of things are (thing, span, row, column): the only table that grows with the world."""
        return len(self.words.things) * len(self.parts) + 1

    def of(self, plan: Plan, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """facts_PF and the front part_P of every position in raster order; int64."""
        sheet = _Sheet(self, plan, grid)
        facts_PF = torch.zeros(grid[0] * grid[1], MOST_FACTS, dtype=torch.int64)
        for number, facts in enumerate(sheet.facts):
            kept = facts[:MOST_FACTS]
            facts_PF[number, : len(kept)] = torch.tensor(kept)
        return facts_PF, torch.tensor(sheet.parts)

    def nothing(self, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Of a picture without a plan."""
        count = grid[0] * grid[1]
        return torch.zeros(count, MOST_FACTS, dtype=torch.int64), torch.zeros(count, dtype=torch.int64)


class _Sheet:
    """Collects the facts of one plan."""

    def __init__(self, numbers: Facts, plan: Plan, grid: tuple[int, int]) -> None:
        self.numbers, self.ids, self.grid = numbers, numbers.ids, grid
        self.rows, self.columns = grid
        self.facts: list[list[int]] = [list(row) for row in self._scenery(plan) for _ in range(self.columns)]
        self.parts = [0] * (self.rows * self.columns)
        front: dict[int, tuple[PlannedGroup, int, int]] = {}
        for group in plan.groups:
            for row, column in group.places:
                self._around(group, row, column, plan)
                self._cover(group, row, column, front)
        for position, (group, dy, dx) in front.items():
            self._add(
                position,
                ("front", "thing", group.thing),
                ("front", "colour", group.colour),
                ("front", group.span, dy, dx),
            )
            self.parts[position] = self._part(group, dy, dx)
        if plan.writing is not None:
            self._write(plan.writing)

    def _add(self, position: int, *facts: Fact) -> None:
        self.facts[position] += [self.ids[fact] for fact in facts if fact in self.ids]

    def _scenery(self, plan: Plan) -> list[list[int]]:
        """Facts that all positions of a row share."""
        shared: list[Fact] = [
            ("style", plan.style),
            ("backdrop", plan.backdrop),
            *(("light", word) for word in plan.light),
        ]
        if plan.backdrop != "outdoor":
            shared += [(which, colour) for which, colour in zip(("first", "second"), plan.scenery, strict=False)]
            return [[self.ids[fact] for fact in shared]] * self.rows
        sky, ground = plan.scenery
        rows = []
        for row in range(self.rows):
            own: list[Fact] = [("sky", sky) if row < plan.horizon else ("ground", ground)]
            own += [("deep", row - plan.horizon), ("horizon", plan.horizon)]
            rows.append([self.ids[fact] for fact in shared + own if fact in self.ids])
        return rows

    def _around(self, group: PlannedGroup, top: int, left: int, plan: Plan) -> None:
        """The shadow at its foot and, on glossy ground, its reflection below."""
        if plan.backdrop != "outdoor":
            return
        mirrored = "mirror" in plan.light
        for dy in range(group.span - 1, 2 * group.span if mirrored else group.span + 1):
            for dx in range(-_ASIDE, group.span + _ASIDE):
                row, column = top + dy, left + dx
                if row < self.rows and 0 <= column < self.columns:
                    position = row * self.columns + column
                    self._add(position, ("under", group.span, dy, dx))
                    if mirrored and dy >= group.span and 0 <= dx < group.span:
                        self._add(position, ("under", "thing", group.thing), ("under", "colour", group.colour))

    def _cover(self, group: PlannedGroup, top: int, left: int, front: dict[int, tuple[PlannedGroup, int, int]]) -> None:
        """The thing itself; whatever was in front there is behind it now."""
        for dy in range(min(group.span, self.rows - top)):
            for dx in range(min(group.span, self.columns - left)):
                position = (top + dy) * self.columns + left + dx
                if position in front:
                    other, y, x = front[position]
                    self._add(position, ("behind", "thing", other.thing), ("behind", "colour", other.colour))
                    self._add(position, ("behind", other.span, y, x))
                front[position] = (group, dy, dx)

    def _part(self, group: PlannedGroup, dy: int, dx: int) -> int:
        words, parts = self.numbers.words, self.numbers.parts
        return words.things.index(group.thing) * len(parts) + parts[group.span, dy, dx] + 1

    def _write(self, writing: PlannedWriting) -> None:
        halves = [sum(1 + characters.is_wide(char) for char in line) for line in writing.lines]
        width = (max(halves, default=0) + 1) // 2
        height = len(writing.lines)
        for dy in range(-1, height + 1):
            for dx in range(-1, width + 1):
                where = "first" if dx == -1 else "last" if dx == width else "inner"
                self._at(writing.row + dy, writing.column + dx, ("board", writing.board),
                         ("board colour", writing.colour), ("board at", dy if dy < height else 7, where))  # fmt: skip
        if writing.board == "sign":
            middle = writing.column + (width - 1) // 2
            for dy in (height, height + 1):
                for dx in (0, 1):
                    self._at(writing.row + dy, middle + dx, ("post",), ("board", "sign"))
        for number, (line, taken) in enumerate(zip(writing.lines, halves, strict=True)):
            start = 2 * writing.column + (2 * width + 2 - taken) // 2 - 1
            self._letters(writing.row + number, start, line)

    def _letters(self, row: int, start: int, line: str) -> None:
        half = start
        for char in line:
            if characters.is_wide(char):
                for part in unicodedata.normalize("NFD", char) if characters.is_syllable(char) else char:
                    self._at(row, half // 2, ("wide", part))
                half += 2
            else:
                self._at(row, half // 2, ("right" if half % 2 else "left", char))
                half += 1

    def _at(self, row: int, column: int, *facts: Fact) -> None:
        if 0 <= row < self.rows and 0 <= column < self.columns:
            self._add(row * self.columns + column, *facts)
