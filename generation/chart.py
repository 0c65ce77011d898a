"""A bar a day or hour, stacked, drawn as SVG on the server. Its words stand around it as HTML and so stay crisp."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WIDTH, HEIGHT = 1000, 200
GAP = 0.25


def pictures(number: int) -> str:
    return "1 picture" if number == 1 else f"{number} pictures"


@dataclass(frozen=True)
class Series:
    """What one colour stands for; `style` is the colour's class."""

    label: str
    style: str


@dataclass(frozen=True)
class Unit:
    """What a bar stands for, and how its moment is written: in a title, and in a sentence."""

    each: str
    short: str
    long: str
    counted: Callable[[int], str] = pictures


DAY = Unit("a day", "%-d %b", "%-d %B")


@dataclass(frozen=True)
class Bar:
    """One part of one day or hour; `title` is what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    style: str
    title: str


@dataclass(frozen=True)
class Chart:
    """`top` is the number at the upper edge."""

    bars: list[Bar]
    series: list[Series]
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


def draw(parts: Sequence[tuple[Series, Mapping[Any, int]]], days: Sequence[date], unit: Unit = DAY) -> Chart:
    """`parts` are the pictures a day of each series, the lowest of the stack first; or what else `unit` says."""
    most = max((sum(counts.get(day, 0) for _, counts in parts) for day in days), default=0)
    top = _round_up(most)
    step = WIDTH / len(days)
    bars = [
        bar
        for place, day in enumerate(days)
        for bar in _stack(day, parts, unit, x=step * (place + GAP / 2), width=step * (1 - GAP), scale=HEIGHT / top)
    ]
    total = sum(sum(counts.values()) for _, counts in parts)
    first, last = days[0].strftime(unit.long), days[-1].strftime(unit.long)
    said = f"{unit.counted(total)} from {first} to {last}, at most {most:,} {unit.each}."
    return Chart(bars, [series for series, _ in parts], top, days[0], days[-1], said)


def _stack(
    day: date, parts: Sequence[tuple[Series, Mapping[date, int]]], unit: Unit, *, x: float, width: float, scale: float
) -> Iterator[Bar]:
    """The bars of one moment, one upon the other from the ground."""
    top = float(HEIGHT)
    for series, counts in parts:
        if count := counts.get(day, 0):
            top -= count * scale
            title = f"{day.strftime(unit.short)}: {unit.counted(count)}, {series.label}"
            yield Bar(round(x, 2), round(top, 2), round(width, 2), round(count * scale, 2), series.style, title)


def _round_up(number: int) -> int:
    """To a small number times a power of ten, so that the axis has round numbers."""
    if number <= 2:
        return 2
    power: int = 10 ** math.floor(math.log10(number))
    return next(factor * power for factor in (1, 2, 3, 4, 5, 6, 8, 10) if factor * power >= number)
