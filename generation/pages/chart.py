"""A bar a day, stacked by mode, drawn as SVG on the server. Its words stand around it as HTML and so stay crisp."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from generation import catalog
from generation.pages import words
from generation.services.usage import Line

WIDTH, HEIGHT = 1000, 200
GAP = 0.25


@dataclass(frozen=True)
class Bar:
    """One mode of one day; `title` is what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    mode: str
    title: str


@dataclass(frozen=True)
class Chart:
    """`top` is the number at the upper edge."""

    bars: list[Bar]
    top: int
    first: date
    last: date
    words: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def middle(self) -> str:
        half = self.top / 2
        return f"{half:,.0f}" if half.is_integer() else ""

    @property
    def lines(self) -> list[float]:
        """Where the thin lines lie."""
        return [0.5, HEIGHT / 2, HEIGHT - 0.5]


def draw(lines: Sequence[Line], days: Sequence[date]) -> Chart:
    """`lines` are sums by day and mode."""
    counts = {(line.day, line.mode): line.pictures for line in lines}
    most = max((sum(counts.get((day, mode), 0) for mode in catalog.MODES) for day in days), default=0)
    top = _round_up(most)
    step = WIDTH / len(days)
    bars = [
        bar
        for place, day in enumerate(days)
        for bar in _stack(day, counts, x=step * (place + GAP / 2), width=step * (1 - GAP), scale=HEIGHT / top)
    ]
    total = sum(line.pictures for line in lines)
    said = f"{words.counted(total)} from {days[0]:%-d %B} to {days[-1]:%-d %B}, at most {most:,} a day."
    return Chart(bars, top, days[0], days[-1], said)


def _stack(
    day: date, counts: dict[tuple[date | None, str], int], *, x: float, width: float, scale: float
) -> Iterator[Bar]:
    """The bars of one day, one upon the other from the ground."""
    top = float(HEIGHT)
    for mode in catalog.MODES:
        if count := counts.get((day, mode), 0):
            top -= count * scale
            title = f"{day:%-d %b}: {words.counted(count)} in {words.mode(mode)}"
            yield Bar(round(x, 2), round(top, 2), round(width, 2), round(count * scale, 2), mode, title)


def _round_up(number: int) -> int:
    """To a small number times a power of ten, so that the axis has round numbers."""
    if number <= 2:
        return 2
    power: int = 10 ** math.floor(math.log10(number))
    return next(factor * power for factor in (1, 2, 3, 4, 5, 6, 8, 10) if factor * power >= number)
