"""The way of one request as a picture: a lane each for web, queue, worker, storage and ledger, drawn as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from generation.services.story import Lane, Moment

WIDTH, LANE, LEFT, THICK = 1000, 40, 90, 14
LEAST = 4
"""Of a bar, so that what took no time is seen."""


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    width: float
    lane: str
    title: str


@dataclass(frozen=True)
class Timeline:
    marks: list[Mark]
    lanes: list[tuple[str, int]]
    words: str
    end: str
    width: int = WIDTH
    height: int = LANE * len(Lane)
    left: int = LEFT
    thick: int = THICK


def draw(moments: Sequence[Moment]) -> Timeline:
    """The whole width is the time from the first moment to the last."""
    first = min(moment.at for moment in moments)
    last = max(max(moment.at, moment.until or moment.at) for moment in moments)
    if any(moment.lasts and moment.until is None for moment in moments):
        last = max(last, timezone.now())
    span = max((last - first).total_seconds(), 0.001)
    scale = (WIDTH - LEFT - LEAST) / span
    marks = [_mark(moment, first, last, scale) for moment in moments]
    lanes = [(lane.value, place * LANE + LANE // 2) for place, lane in enumerate(Lane)]
    took = seconds(last - first)
    return Timeline(marks, lanes, f"{len(moments)} events within {took}, listed below.", took)


def _mark(moment: Moment, first: datetime, last: datetime, scale: float) -> Mark:
    until = moment.until or (last if moment.lasts else moment.at)
    x = LEFT + (moment.at - first).total_seconds() * scale
    width = max(LEAST, (until - moment.at).total_seconds() * scale)
    y = list(Lane).index(moment.lane) * LANE + (LANE - THICK) / 2
    after = seconds(moment.at - first)
    return Mark(round(x, 1), y, round(width, 1), moment.lane.value, f"After {after}: {moment.said}")


def seconds(span: timedelta) -> str:
    """No finer than anybody reads."""
    value = span.total_seconds()
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 100 else f"{value:,.0f} s"
