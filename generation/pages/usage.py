"""`/w/<slug>/usage`: who used what, as a chart, a table and CSV. Without the right to see all, one's own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import spreadsheet
from accounts.models import User, Workspace
from accounts.pages.typed import needs
from accounts.permissions import Action, allows
from billing.plans import plan_of
from billing.prices import MICROS_PER_DOLLAR
from generation import catalog, chart
from generation.pages import day, words
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import allowance, limits, room, usage
from generation.services.usage import Line, Period

PERIODS = (7, 30, 90)
COLUMNS = ["day", "name", "email", "mode", "key", "model", "pictures", "credit_usd"]
PARTS = {"mode": "Mode", "person": "Person", "key": "API key", "model": "Model"}
COLOURS = 5
"""Persons, keys or models that have a colour of their own in the chart."""

LEFT = "People who left"


@dataclass
class Row:
    """Of a table: somebody, or a key, or all."""

    name: str
    note: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    micros: int = 0

    @property
    def cells(self) -> list[int]:
        return [self.counts.get(mode, 0) for mode in catalog.MODES]

    @property
    def pictures(self) -> int:
        return sum(self.counts.values())

    @property
    def credit(self) -> str:
        return words.dollars(self.micros)


@dataclass(frozen=True)
class Room:
    """What the workspace's pictures take, of what its plan holds."""

    used: int
    limit: int

    @property
    def high(self) -> int:
        """From here on it is soon full."""
        return self.limit * 9 // 10

    @property
    def is_full(self) -> bool:
        return self.used >= self.limit

    @property
    def words(self) -> str:
        return f"{room.words(self.used)} of {room.words(self.limit)}"


@require_safe
@needs(Action.SEE)
def show(request: PageRequest, slug: str) -> HttpResponse:
    period, days = _period(request)
    plan = plan_of(request.workspace)
    modes = [mode for mode in catalog.MODES.values() if mode.name in plan.modes]
    whose = _Whose(request.workspace, period, _only(request))
    by_day = usage.by_day(**whose.asked)
    parts = {name: label for name, label in PARTS.items() if name != "person" or whose.person is None}
    part = request.GET.get("by", "")
    part = part if part in parts else "mode"
    people, keys = _rows(usage.by_person(**whose.asked), "person"), _rows(usage.by_key(**whose.asked), "key")
    drew = usage.people(workspace=whose.workspace, period=period) if whose.person is None else len(people)
    models = _rows(usage.by_model(**whose.asked), "model")
    busiest = {"person": people, "key": keys, "model": models}
    stack = _by_mode(by_day) if part == "mode" else _by_part(whose, part, busiest[part], by_day)
    context = {
        "chart": chart.draw(stack, period.days),
        "modes": catalog.MODES.values(),
        "people": list(people.values()),
        "keys": list(keys.values()) if set(keys) - {usage.PAGES} else [],
        "models": list(models.values()),
        "more": drew - len(people),
        "total": Row("All", counts=_sums(by_day, "mode"), micros=sum(line.micros for line in by_day)),
        "periods": PERIODS,
        "days": days,
        "parts": parts.items(),
        "part": part,
        "own": _own(request),
        "today": day.of(request, modes, plan),
        "room": Room(room.used(request.workspace), plan.storage_total),
        "is_free": allowance.is_free(plan),
    }
    return studio(request, "pages/usage.html", context, place="team")


@dataclass(frozen=True)
class _Whose:
    """Of what usage is shown; `person` is None for everybody's."""

    workspace: Workspace
    period: Period
    person: User | None

    @property
    def asked(self) -> dict[str, Any]:
        return {"workspace": self.workspace, "period": self.period, "person": self.person}


@require_safe
@needs(Action.SEE)
def as_csv(request: PageRequest, slug: str) -> HttpResponse:
    """The same as a file: a line a day, person, mode, key and model."""
    period, _ = _period(request)
    lines = usage.everything(workspace=request.workspace, period=period, person=_only(request))
    text = spreadsheet.rows([COLUMNS, *map(_cells, lines)])
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="usage-{slug}-{period.last}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _cells(line: Line) -> list[object]:
    credit = f"{line.micros / MICROS_PER_DOLLAR:.6f}"
    key = "" if line.key == usage.PAGES else _key(line)
    return [line.day, line.name, line.email, line.mode, key, line.model, line.pictures, credit]


def _period(request: PageRequest) -> tuple[Period, int]:
    asked = request.GET.get("days", "")
    days = next((days for days in PERIODS if str(days) == asked), 30)
    today = timezone.now().date()
    return Period(today - timedelta(days=days - 1), today), days


def _only(request: PageRequest) -> User | None:
    """Whose use is shown: None for everybody's."""
    return None if allows(request.membership.role, Action.SEE_USAGE) else request.user


Stack = list[tuple[chart.Series, dict[date, int]]]


def _by_mode(lines: list[Line]) -> Stack:
    return [
        (chart.Series(mode.label, f"is-{mode.name}"), _days(line for line in lines if line.mode == mode.name))
        for mode in catalog.MODES.values()
    ]


def _by_part(whose: _Whose, part: str, rows: dict[Any, Row], by_day: list[Line]) -> Stack:
    """The busiest in colours of their own, and all others together."""
    chosen = list(rows)[:COLOURS]
    lines = usage.by_day_of(part, chosen, **whose.asked)
    stack: Stack = [
        (chart.Series(rows[one].name, f"is-{place}"), _days(line for line in lines if getattr(line, part) == one))
        for place, one in enumerate(chosen, 1)
    ]
    if len(rows) > COLOURS:
        shown = _days(lines)
        others = {day: count - shown.get(day, 0) for day, count in _days(by_day).items()}
        stack.append((chart.Series("All others", "is-other"), others))
    return stack


def _days(lines: Iterable[Line]) -> dict[date, int]:
    counts: dict[date, int] = {}
    for line in lines:
        if line.day:
            counts[line.day] = counts.get(line.day, 0) + line.pictures
    return counts


def _sums(lines: Iterable[Line], part: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in lines:
        counts[getattr(line, part)] = counts.get(getattr(line, part), 0) + line.pictures
    return counts


def _rows(lines: Iterable[Line], part: str) -> dict[Any, Row]:
    """By the value of `part`, in the order of the lines."""
    found: dict[Any, Row] = {}
    for line in lines:
        row = found.setdefault(getattr(line, part), ROWS[part](line))
        row.counts[line.mode] = line.pictures
        row.micros += line.micros
    return found


def _person(line: Line) -> Row:
    return Row(line.name or line.email or LEFT, line.email if line.name else "")


def _key(line: Line) -> str:
    return {usage.PAGES: "On the pages", usage.GONE: "Keys that are gone"}.get(line.key) or line.key_name


def _model(line: Line) -> Row:
    return Row(line.model or "Unknown")


ROWS: dict[str, Callable[[Line], Row]] = {"person": _person, "key": lambda line: Row(_key(line)), "model": _model}


def _own(request: PageRequest) -> list[str]:
    """The reader's own limits in words, with what is left of them."""
    member, said = request.membership, []
    if member.daily_pictures is not None:
        used = limits.used_by(member, since=limits.today()).pictures
        said.append(f"{used:,} of {member.daily_pictures:,} pictures today")
    if member.monthly_micros is not None:
        spent = limits.used_by(member, since=limits.today().replace(day=1)).micros
        said.append(f"{words.dollars(spent)} of {words.dollars(member.monthly_micros)} credit this month")
    if member.modes:
        said.append(f"modes: {', '.join(map(words.mode, member.modes))}")
    return said
