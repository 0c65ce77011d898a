"""How the site does: sums by hour or day, the line at this moment, and the rows behind each number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import spreadsheet, staff
from accounts.staff import StaffAction
from billing import amounts
from generation import catalog, chart
from generation.models import Figure, Generation
from generation.services import figures, line_figures, room, stuck
from generation.staff.frame import needs, panel
from generation.staff.timeline import seconds

Span = Figure.Span
# By name in the address: what a bar is, and how many of them.
PERIODS: dict[str, tuple[str, int, str]] = {
    "day": (Span.HOUR, 24, "24 hours"),
    "week": (Span.DAY, 7, "7 days"),
    "month": (Span.DAY, 30, "30 days"),
}
Status = Generation.Status
OUTCOMES = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.BLOCKED)
STYLES = {Status.SUCCEEDED: "is-good", Status.FAILED: "is-bad", Status.CANCELED: "is-soft", Status.BLOCKED: "is-held"}


@dataclass(frozen=True)
class Tile:
    """A number, what it is, and where its rows are."""

    label: str
    value: str
    url: str = ""
    note: str = ""


class Sums:
    """What was counted in the period."""

    def __init__(self, period: str) -> None:
        self.period = period
        self.span, number, self.label = PERIODS[period]
        self.begins, self.table, self.counted_at = figures.read(self.span, number)

    def total(self, *names: str) -> int:
        return sum(sum(self.table.get(name, {}).values()) for name in names)

    def last(self, name: str) -> int | None:
        """As it was when it was counted last."""
        values = self.table.get(name, {})
        return values[max(values)] if values else None

    def first(self, name: str) -> int:
        values = self.table.get(name, {})
        return values[min(values)] if values else 0

    def made(self, mode: str, status: str) -> int:
        return self.total(f"made:{mode}:{status}")

    def of(self, status: str) -> dict[datetime, int]:
        """All modes together, by time."""
        found = dict.fromkeys(self.begins, 0)
        for mode in self.modes:
            for at, number in self.table.get(f"made:{mode}:{status}", {}).items():
                found[at] = found.get(at, 0) + number
        return found

    @property
    def modes(self) -> list[str]:
        """Those that there are, and those that there were."""
        seen = {name.split(":")[1] for name in self.table if name.startswith("made:")}
        return [*catalog.MODES, *sorted(seen - set(catalog.MODES))]


@needs(StaffAction.SEE_OVERVIEW)
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    period = request.GET.get("period", "day")
    sums = Sums(period if period in PERIODS else "day")
    number_stuck = stuck.rows().count()
    context = {
        "periods": [(name, label) for name, (_, _, label) in PERIODS.items()],
        "sums": sums,
        "tiles": _tiles(sums, number_stuck),
        "money": _money(sums) if staff.may(request.user, StaffAction.SEE_MONEY) else [],
        "outcomes": [status.label for status in OUTCOMES],
        "table": [_row(sums, mode) for mode in sums.modes],
        "charts": _charts(sums),
        "waiting": line_figures.waiting(),
        "workers": line_figures.at_work(),
        "place": "overview",
    }
    return panel(request, "staff/overview.html", context, title="Overview")


@needs(StaffAction.SEE_OVERVIEW)
@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """One line a span, one column a sum; money only for those who may see it."""
    period = request.GET.get("period", "day")
    sums = Sums(period if period in PERIODS else "day")
    hidden = set() if staff.may(request.user, StaffAction.SEE_MONEY) else MONEY
    names = sorted(set(sums.table) - hidden)
    rows = [[at.isoformat(), *(sums.table[name].get(at, "") for name in names)] for at in sums.begins]
    answer = HttpResponse(spreadsheet.rows([["begins", *names], *rows]), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="overview-{sums.period}.csv"'
    return answer


MONEY = {"sold", "returned", "spent", "given", "mrr", "outstanding", "subscribed", "subscriptions_ended"}


def _list(table: str, since: datetime | None = None, field: str = "created_at", **filters: str) -> str:
    query = dict(filters) | ({f"{field}__gte": since.isoformat()} if since else {})
    return f"{reverse(f'admin:{table}_changelist')}?{urlencode(query)}"


def _tiles(sums: Sums, number_stuck: int) -> list[Tile]:
    since = sums.begins[0]
    made = sums.total(*(name for name in sums.table if name.startswith("made:")))
    failed = sum(sums.made(mode, Status.FAILED) for mode in sums.modes)
    calls, broken = sums.total("calls"), sums.total("calls_failed")
    stored, active = sums.last("stored"), sums.last("active_in_30_days")
    return [
        Tile("Sign-ups", f"{sums.total('sign_ups'):,}", _list("accounts_user", since, "date_joined")),
        Tile(
            "Active workspaces",
            f"{sums.last('active') or 0:,}",
            _list("generation_generation", sums.begins[-1]),
            f"this {sums.span}" + (f"; {active:,} in 30 days" if active is not None else ""),
        ),
        Tile("Generations", f"{made:,}", _list("generation_generation", since)),
        Tile("Failed", _percent(failed, made), _list("generation_generation", since, status="failed"), f"{failed:,}"),
        Tile("First preview", _time(sums, "preview:p50"), "", f"95 of 100 within {_time(sums, 'preview:p95')}"),
        Tile("Finished", _time(sums, "finish:p50"), "", f"95 of 100 within {_time(sums, 'finish:p95')}"),
        Tile("API errors", _percent(broken, calls), _list("generation_apicall", outcome="server"), f"of {calls:,}"),
        Tile("Stuck", f"{number_stuck:,}", reverse("staff:stuck")),
        Tile("Storage", room.words(stored) if stored is not None else "–", _list("generation_storageuse")),
    ]  # fmt: skip


def _money(sums: Sums) -> list[Tile]:
    since = sums.begins[0]
    moved = {kind: _list("billing_transaction", since, kind=kind) for kind in ("purchase", "capture", "return")}
    ended, before = sums.total("subscriptions_ended"), sums.first("subscribed")
    live = _list("billing_subscription", status__in="trialing,active,past_due")
    return [
        Tile("A month (MRR)", _dollars(sums.last("mrr")), live),
        Tile("Subscriptions", f"{sums.last('subscribed') or 0:,}", live),
        Tile("Churn", _percent(ended, before), _list("billing_subscription", since, "ended_at"), f"{ended:,} ended"),
        Tile("Credit sold", _dollars(sums.total("sold")), moved["purchase"]),
        Tile("Credit spent", _dollars(sums.total("spent")), moved["capture"]),
        Tile("Paid back", _dollars(sums.total("returned")), moved["return"]),
        Tile("Outstanding", _dollars(sums.last("outstanding")), _list("billing_account", kind__in="wallet,gift,held")),
    ]


def _row(sums: Sums, mode: str) -> tuple[str, list[Tile]]:
    known = catalog.MODES.get(mode)
    since = sums.begins[0]
    cells = [
        Tile(
            status.label,
            f"{sums.made(mode, status):,}",
            _list("generation_generation", since, mode=mode, status=status),
        )
        for status in OUTCOMES
    ]
    return known.label if known else mode.capitalize(), cells


def _charts(sums: Sums) -> list[tuple[str, chart.Chart]]:
    unit = _unit(sums, lambda number: f"{number:,} generations")
    outcomes = [(chart.Series(status.label, STYLES[status]), sums.of(status)) for status in OUTCOMES]
    quick = {at: value // 100 for at, value in sums.table.get("finish:p50", {}).items()}
    slow = {at: value // 100 - quick.get(at, 0) for at, value in sums.table.get("finish:p95", {}).items()}
    times = [(chart.Series("half", "is-good"), quick), (chart.Series("95 of 100", "is-held"), slow)]
    people = [(chart.Series("Sign-ups", "is-good"), dict(sums.table.get("sign_ups", {})))]
    return [
        ("Generations", chart.draw(outcomes, sums.begins, unit)),
        ("Tenths of a second to finish", chart.draw(times, sums.begins, _unit(sums, lambda n: f"{n / 10:,.1f} s"))),
        ("Sign-ups", chart.draw(people, sums.begins, _unit(sums, lambda number: f"{number:,} sign-ups"))),
    ]


def _unit(sums: Sums, counted: Any) -> chart.Unit:
    if sums.span == Span.HOUR:
        return chart.Unit("an hour", "%-d %b, %H:00", "%-d %B, %H:00", counted)
    return chart.Unit("a day", "%-d %b", "%-d %B", counted)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _time(sums: Sums, name: str) -> str:
    """Of the newest span in which there was something to time."""
    found = sums.last(name)
    return seconds(timedelta(milliseconds=found)) if found is not None else "–"


def _dollars(micros: int | None) -> str:
    # Whole cents: these are sums of many.
    return amounts.dollars(micros - micros % 10_000) if micros is not None else "–"
