"""The plan that the model writes before it draws: what stands where, in words of its own.

    style  backdrop  light...  thing colour size 3 row col 2 row col 1 row col  ...  sign yellow row col O P E N  end

Members of a group count down, so that a plan says at every moment how many are still to come. Rows, columns and sizes
are in positions (32 pixels at the x1 exit).
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from generation.aurora import characters

MOST = 16  # members of a group
MAX_GRID = 64  # rows or columns of positions


@dataclass(frozen=True)
class PlannedGroup:
    """`places` are (row, column) of upper left corners of squares of `span` positions; colour "" is the thing's own."""

    thing: str
    colour: str
    span: int
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PlannedWriting:
    """A board of a kind and colour with lines of text; (row, column) is where the first letter stands."""

    board: str
    colour: str
    row: int
    column: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """`backdrop` is outdoor with scenery (sky, ground) and a horizon, or plain, gradient, checker with colours."""

    style: str
    backdrop: str
    scenery: tuple[str, ...]
    horizon: int = 0
    light: tuple[str, ...] = ()
    groups: tuple[PlannedGroup, ...] = ()
    writing: PlannedWriting | None = None


class BadPlan(ValueError):
    """Tokens that are no whole plan."""


@dataclass(frozen=True)
class PlanWords:
    """The closed vocabulary of plans. Token ids count from `first`, after those of the text."""

    styles: tuple[str, ...]
    skies: tuple[str, ...]
    grounds: tuple[str, ...]
    colours: tuple[str, ...]
    boards: tuple[str, ...]
    things: tuple[str, ...]
    spans: tuple[int, ...]

    @cached_property
    def words(self) -> tuple[tuple[str, str], ...]:
        """(category, word), one a token."""
        kinds = ("outdoor", "plain", "gradient", "checker")
        light = ("from left", "from right", "beams", "mirror")
        lists: dict[str, Iterable[object]] = {
            "style": self.styles, "backdrop": kinds, "sky": self.skies, "ground": self.grounds, "light": light,
            "colour": self.colours, "thing": self.things, "span": self.spans, "count": range(1, MOST + 1),
            "row": range(MAX_GRID), "column": range(MAX_GRID), "board": self.boards, "letter": characters.ALL,
            "line": ("line",), "end": ("end",),
        }  # fmt: skip
        return tuple((category, str(word)) for category, words in lists.items() for word in words)

    @cached_property
    def ids(self) -> dict[tuple[str, str], int]:
        return {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def as_dict(self) -> dict[str, list[str] | list[int]]:
        names = ("styles", "skies", "grounds", "colours", "boards", "things", "spans")
        return {name: list(getattr(self, name)) for name in names}

    @classmethod
    def from_dict(cls, lists: dict[str, list[str]]) -> "PlanWords":
        return cls(**{name: tuple(values) for name, values in lists.items()})  # type: ignore[arg-type]


Want = tuple[tuple[str, int], ...]
"""What may come next: categories, each with how many of its first words (-1: all)."""
Reading = Generator[Want, tuple[str, str], Plan]


def grammar(grid: tuple[int, int]) -> Reading:
    """Ask for one word after another, be sent (category, word), return the plan. Drives reading and sampling alike."""
    _, style = yield (("style", -1),)
    _, backdrop = yield (("backdrop", -1),)
    scenery, horizon = yield from _scenery(backdrop, grid)
    light: list[str] = []
    groups: list[PlannedGroup] = []
    writing = None
    parts = ["light", "thing", "board"]  # each may be left out, none comes before an earlier one
    while True:
        category, word = yield (*((part, -1) for part in parts), ("end", -1))
        if category == "light":
            light.append(word)
        elif category == "thing":
            parts = ["thing", "board"]
            groups.append((yield from _group(word, grid)))
        elif category == "board":
            writing = yield from _writing(word, grid)
            break
        else:
            break
    return Plan(style, backdrop, scenery, horizon, tuple(light), tuple(groups), writing)


def _scenery(backdrop: str, grid: tuple[int, int]) -> Generator[Want, tuple[str, str], tuple[tuple[str, ...], int]]:
    if backdrop == "outdoor":
        _, sky = yield (("sky", -1),)
        _, ground = yield (("ground", -1),)
        _, horizon = yield (("row", grid[0]),)
        return (sky, ground), int(horizon)
    colours = []
    for _ in range(1 if backdrop == "plain" else 2):
        _, colour = yield (("colour", -1),)
        colours.append(colour)
    return tuple(colours), 0


def _group(thing: str, grid: tuple[int, int]) -> Generator[Want, tuple[str, str], PlannedGroup]:
    colour = ""
    category, word = yield (("colour", -1), ("span", -1))
    if category == "colour":
        colour = word
        _, word = yield (("span", -1),)
    span = int(word)
    places = []
    _, count = yield (("count", -1),)
    for left in range(int(count), 0, -1):
        if left < int(count):
            yield (("count", left),)
        _, row = yield (("row", max(grid[0] - span + 1, 1)),)
        _, column = yield (("column", max(grid[1] - span + 1, 1)),)
        places.append((int(row), int(column)))
    return PlannedGroup(thing, colour, span, tuple(places))


def _writing(board: str, grid: tuple[int, int]) -> Generator[Want, tuple[str, str], PlannedWriting]:
    _, colour = yield (("colour", -1),)
    _, row = yield (("row", grid[0]),)
    _, column = yield (("column", grid[1]),)
    lines: list[str] = []
    parts: list[str] = []
    while True:
        category, word = yield (("letter", -1), ("line", -1), ("end", -1))
        if category == "letter":
            parts.append(word)
            continue
        lines.append(characters.join(parts))
        parts = []
        if category == "end":
            return PlannedWriting(board, colour, int(row), int(column), tuple(lines))


def say(plan: Plan) -> list[tuple[str, str]]:
    """A plan as (category, word) pairs, as `grammar` would read it."""
    said = [("style", plan.style), ("backdrop", plan.backdrop)]
    if plan.backdrop == "outdoor":
        said += [("sky", plan.scenery[0]), ("ground", plan.scenery[1]), ("row", str(plan.horizon))]
    else:
        said += [("colour", colour) for colour in plan.scenery]
    said += [("light", word) for word in plan.light]
    for group in plan.groups:
        said.append(("thing", group.thing))
        said += [("colour", group.colour)] if group.colour else []
        said.append(("span", str(group.span)))
        for number, (row, column) in enumerate(group.places):
            said += [("count", str(len(group.places) - number)), ("row", str(row)), ("column", str(column))]
    if plan.writing is not None:
        said += _say_writing(plan.writing)
    return [*said, ("end", "end")]


def _say_writing(writing: PlannedWriting) -> list[tuple[str, str]]:
    said = [("board", writing.board), ("colour", writing.colour)]
    said += [("row", str(writing.row)), ("column", str(writing.column))]
    for number, line in enumerate(writing.lines):
        said += [("line", "line")] if number else []
        said += [("letter", part) for part in characters.split(line)]
    return said


def read(said: Sequence[tuple[str, str]], grid: tuple[int, int]) -> Plan:
    """The plan of (category, word) pairs. Raises BadPlan."""
    reading = grammar(grid)
    wants = next(reading)
    for category, word in said:
        if category not in dict(wants):
            raise BadPlan(f"{category} {word} where one of {', '.join(dict(wants))} belongs")
        try:
            wants = reading.send((category, word))
        except StopIteration as done:
            plan: Plan = done.value
            return plan
    raise BadPlan("the plan does not end")
