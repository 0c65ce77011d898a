"""The statement of a workspace: what it had, what moved, what it has. Read from the movements alone.

A movement knows what it changes of the workspace's credit, so no postings are read. What is only reserved has not
moved: it stands beside the balance. All that was delivered for one request is one line.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django_scopes import scope

from accounts.models import Workspace
from billing import ledger
from billing.ledger import Kind, Move
from billing.models import Account, Transaction

BATCH = 1000
LONGEST = 366
"""Days of a period."""

MOVES = tuple(move for move in Move if move not in (Move.RESERVE, Move.RELEASE))
"""What a statement has lines for, in the order of its totals."""

Describer = Callable[[list[str]], dict[str, str]]
_describers: list[Describer] = []


@dataclass(frozen=True)
class Period:
    """Whole days in UTC, both included."""

    first: date
    last: date

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), following - timedelta(days=1))

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer in it."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)


@dataclass(frozen=True)
class Key:
    """Where a page ended: the moment and the id of its last line."""

    at: datetime
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{int(self.at.timestamp()) * 1_000_000 + self.at.microsecond}-{self.id.hex}"

    @classmethod
    def read(cls, text: str) -> "Key":
        """Raises ValueError."""
        micros, _, name = text.partition("-")
        if not (micros.isascii() and micros.isdecimal() and len(micros) <= 16):
            raise ValueError("This is no place in a statement.")
        return cls(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros)), uuid.UUID(hex=name))


@dataclass(frozen=True)
class Wish:
    """What to show of a period; empty fields ask for everything. `before` is where the page before ended."""

    period: Period
    kind: str = ""
    text: str = ""
    before: Key | None = None


@dataclass(frozen=True)
class Line:
    """`micros` more (or, negative, less) for the workspace; `parts` is of how many deliveries it is the sum."""

    key: Key
    kind: Move
    what: str
    note: str
    reference: str
    hold: str
    micros: int
    parts: int = 1

    @property
    def at(self) -> datetime:
        return self.key.at


@dataclass(frozen=True)
class Total:
    kind: Move
    count: int
    micros: int


@dataclass(frozen=True)
class Summary:
    """`opening` and `closing` are what there was, reserved or not; `reserved` is what is held at this moment."""

    opening: int
    totals: tuple[Total, ...]
    reserved: int

    @property
    def closing(self) -> int:
        return self.opening + sum(total.micros for total in self.totals)

    @property
    def income(self) -> int:
        return sum(total.micros for total in self.totals if total.micros > 0)

    @property
    def spent(self) -> int:
        return sum(total.micros for total in self.totals if total.micros < 0)


def describe_holds(describer: Describer) -> None:
    """Let another part of the site say what holds were for: it takes their names, and answers for those it knows."""
    _describers.append(describer)


def summary(*, workspace: Workspace, period: Period) -> Summary:
    """The balances and the sums by kind."""
    with scope(workspace=workspace):
        within = _rows(workspace).filter(created_at__gte=period.begin, created_at__lt=period.end)
        sums = within.values_list("kind").annotate(count=Count("pk"), micros=Coalesce(Sum("credit_micros"), 0))
        found = {kind: Total(Move(kind), count, micros) for kind, count, micros in sums}
        totals = tuple(found[kind] for kind in MOVES if kind in found)
        return Summary(_opening(workspace, period), totals, ledger.held(workspace=workspace))


def lines(*, workspace: Workspace, wish: Wish, limit: int) -> list[Line]:
    """The newest lines that answer the wish."""
    with scope(workspace=workspace):
        rows = list(_matching(workspace, wish)[:limit])
        sums = _delivered(workspace, wish.period, [row.hold for row in rows if row.kind == Move.CAPTURE])
        words = _described([row.hold for row in rows if row.hold])
        return [_line(row, words, *sums.get(row.hold, (0, 0))) for row in rows]


def apart_from_deliveries(*, workspace: Workspace, period: Period, limit: int) -> list[Line]:
    """The newest lines of every other kind."""
    with scope(workspace=workspace):
        within = _rows(workspace).filter(created_at__gte=period.begin, created_at__lt=period.end)
        rows = list(within.exclude(kind=Move.CAPTURE).order_by("-created_at", "-id")[:limit])
        words = _described([row.hold for row in rows if row.hold])
        return [_line(row, words, 0, 0) for row in rows]


def batches(*, workspace: Workspace, wish: Wish) -> Iterator[list[Line]]:
    """All lines that answer the wish, some at a time: no query lasts long, and no more than a batch is held."""
    while found := lines(workspace=workspace, wish=wish, limit=BATCH):
        yield found
        wish = replace(wish, before=found[-1].key)


def by_day(*, workspace: Workspace, period: Period) -> list[tuple[date, int, int]]:
    """What was delivered on each day: (day, deliveries, micro-dollars), the first day first."""
    with scope(workspace=workspace):
        rows = _rows(workspace).filter(created_at__gte=period.begin, created_at__lt=period.end, kind=Move.CAPTURE)
        days = rows.values_list("created_at__date").annotate(count=Count("pk"), micros=Sum("credit_micros"))
        return list(days.order_by("created_at__date"))


def _rows(workspace: Workspace) -> QuerySet[Transaction]:
    return Transaction.objects.filter(workspace=workspace, kind__in=MOVES).order_by()


def _opening(workspace: Workspace, period: Period) -> int:
    """What there is now, less what has moved since: one statement, so that both are of one moment."""
    own = Account.objects.filter(workspace=workspace, kind__in=[Kind.WALLET, Kind.GIFT, Kind.HELD]).order_by()
    now = own.values("workspace").annotate(sum=Sum("balance")).values("sum")
    moved = Transaction.objects.filter(workspace=workspace, created_at__gte=period.begin).order_by()
    since = moved.values("workspace").annotate(sum=Sum("credit_micros")).values("sum")
    row = Workspace.objects.filter(pk=workspace.pk).values_list(
        Coalesce(Subquery(now), 0), Coalesce(Subquery(since), 0)
    )
    has, more = row.get()
    return int(has) - int(more)


def _matching(workspace: Workspace, wish: Wish) -> QuerySet[Transaction]:
    rows = _rows(workspace).filter(created_at__gte=wish.period.begin, created_at__lt=wish.period.end)
    rows = rows.filter(~Q(kind=Move.CAPTURE) | ~Exists(_later(wish.period))).order_by("-created_at", "-id")
    if wish.kind:
        rows = rows.filter(kind=wish.kind)
    if wish.text:
        text = wish.text
        rows = rows.filter(Q(reason__icontains=text) | Q(reference__icontains=text) | Q(hold__icontains=text))
    if key := wish.before:
        # The first condition is implied by the second; it lets the index be used.
        older = Q(created_at__lt=key.at) | Q(created_at=key.at, pk__lt=key.id)
        rows = rows.filter(Q(created_at__lte=key.at) & older)
    return rows


def _later(period: Period) -> QuerySet[Transaction]:
    """What was delivered of the same hold afterwards: a line stands where the last one was."""
    same = Transaction.objects.filter(hold=OuterRef("hold"), kind=Move.CAPTURE, created_at__lt=period.end)
    after = Q(created_at__gt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), pk__gt=OuterRef("pk"))
    return same.filter(after)


def _delivered(workspace: Workspace, period: Period, holds: list[str]) -> dict[str, tuple[int, int]]:
    """By hold: how much was charged in the period, in how many parts."""
    within = _rows(workspace).filter(created_at__gte=period.begin, created_at__lt=period.end)
    rows = within.filter(hold__in=holds, kind=Move.CAPTURE).values_list("hold")
    return {hold: (micros, n) for hold, micros, n in rows.annotate(micros=Sum("credit_micros"), n=Count("pk"))}


def _described(holds: list[str]) -> dict[str, str]:
    words: dict[str, str] = {}
    for describer in _describers:
        words |= describer(holds)
    return words


def _line(row: Transaction, words: dict[str, str], micros: int, parts: int) -> Line:
    key, kind = Key(row.created_at, row.pk), Move(row.kind)
    what = words.get(row.hold, "")
    if kind == Move.CAPTURE:
        return Line(key, kind, what or "A request", f"{parts:,} delivered", "", row.hold, micros, parts)
    return Line(key, kind, row.reason or what or kind.label, what if row.reason else "", row.reference, row.hold,
                row.credit_micros)  # fmt: skip
