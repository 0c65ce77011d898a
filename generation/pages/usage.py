"""`/w/<slug>/usage`: who used what, as a chart, a table and CSV. Without the right to see all, one's own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import spreadsheet
from accounts.models import User
from accounts.pages.typed import needs
from accounts.permissions import Action, allows
from billing.plans import plan_of
from billing.prices import MICROS_PER_DOLLAR
from generation import catalog
from generation.pages import chart, day, words
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import allowance, limits, room, usage
from generation.services.usage import Line, Period

PERIODS = (7, 30, 90)
COLUMNS = ["day", "name", "email", "mode", "pictures", "credit_usd"]


@dataclass
class Person:
    """A row of the table."""

    name: str
    email: str
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
    one, workspace = _only(request), request.workspace
    plan = plan_of(workspace)
    modes = [mode for mode in catalog.MODES.values() if mode.name in plan.modes]
    by_day = usage.by_day(workspace=workspace, period=period, person=one)
    people = _people(usage.by_person(workspace=workspace, period=period, person=one))
    drew = usage.people(workspace=workspace, period=period) if one is None else len(people)
    context = {
        "chart": chart.draw(by_day, period.days),
        "modes": catalog.MODES.values(),
        "people": people,
        "more": drew - len(people),
        "total": Person("", "", _by_mode(by_day), sum(line.micros for line in by_day)),
        "periods": PERIODS,
        "days": days,
        "own": _own(request),
        "today": day.of(request, modes, plan),
        "room": Room(room.used(workspace), room.limit_of(plan)),
        "is_free": allowance.is_free(plan),
    }
    return studio(request, "pages/usage.html", context, place="team")


@require_safe
@needs(Action.SEE)
def as_csv(request: PageRequest, slug: str) -> HttpResponse:
    """The same as a file: a line a day, person and mode."""
    period, _ = _period(request)
    lines = usage.everything(workspace=request.workspace, period=period, person=_only(request))
    text = spreadsheet.rows([COLUMNS, *map(_cells, lines)])
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="usage-{slug}-{period.last}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _cells(line: Line) -> list[object]:
    credit = f"{line.micros / MICROS_PER_DOLLAR:.6f}"
    return [line.day, line.name, line.email, line.mode, line.pictures, credit]


def _period(request: PageRequest) -> tuple[Period, int]:
    asked = request.GET.get("days", "")
    days = next((days for days in PERIODS if str(days) == asked), 30)
    today = timezone.now().date()
    return Period(today - timedelta(days=days - 1), today), days


def _only(request: PageRequest) -> User | None:
    """Whose use is shown: None for everybody's."""
    return None if allows(request.membership.role, Action.SEE_USAGE) else request.user


def _by_mode(lines: Iterable[Line]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.mode] = counts.get(line.mode, 0) + line.pictures
    return counts


def _people(lines: Iterable[Line]) -> list[Person]:
    found: dict[object, Person] = {}
    for line in lines:
        name = line.name or line.email or "People who left"
        person = found.setdefault(line.person, Person(name, line.email))
        person.counts[line.mode] = line.pictures
        person.micros += line.micros
    return list(found.values())


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
