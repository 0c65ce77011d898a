"""`/w/<slug>/developers/`: where the API is, what it costs, and how it has been doing."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import ApiKey, User, Workspace
from accounts.pages.typed import needs
from accounts.permissions import Action, allows
from accounts.services import api_keys
from billing import amounts, ledger, prices
from generation import catalog, chart
from generation.models import ApiCall
from generation.pages import words
from generation.pages.developers import frame
from generation.pages.typed import PageRequest
from generation.services import call_figures, spending
from generation.services.call_figures import Figures, Span

SPANS = (call_figures.DAY, call_figures.MONTH)
LABELS = {"day": "24 hours", "month": "30 days"}
SERIES = (
    (ApiCall.Outcome.OK, chart.Series("succeeded", "is-ok")),
    (ApiCall.Outcome.CLIENT, chart.Series("client errors", "is-client")),
    (ApiCall.Outcome.SERVER, chart.Series("server errors", "is-server")),
)


@dataclass(frozen=True)
class Price:
    label: str
    micros: int

    @property
    def words(self) -> str:
        return amounts.dollars(self.micros)


@dataclass(frozen=True)
class Line:
    """What the log adds up to, in words."""

    of: Figures

    @property
    def failed(self) -> str:
        share = self.of.failed_percent
        return f"{self.of.failed:,} ({share:.1f}%)" if self.of.failed else "0"

    @property
    def middle(self) -> str:
        return words.took(self.of.middle)

    @property
    def slow(self) -> str:
        return words.took(self.of.slow)


@require_safe
@needs(Action.USE_KEYS)
def show(request: PageRequest, slug: str) -> HttpResponse:
    workspace, maker = request.workspace, frame.maker(request)
    span = next((span for span in SPANS if span.name == request.GET.get("over")), call_figures.DAY)
    sees_money = allows(request.membership.role, Action.SEE_MONEY)
    context = {
        "prices": [Price(mode.label, micros) for mode, micros in _prices()],
        "balance": amounts.dollars(ledger.balance(workspace=workspace)) if sees_money else "",
        "spent": words.cents(_spent(workspace, maker)),
        "has_keys": api_keys.live(workspace=workspace, maker=maker).exists(),
        "everybody": maker is None,
        "spans": [(one.name, LABELS[one.name], one == span) for one in SPANS],
        "is_day": span == call_figures.DAY,
        "total": Line(call_figures.total(workspace=workspace, maker=maker, span=span)),
        "paths": [Line(one) for one in call_figures.by_path(workspace=workspace, maker=maker, span=span)],
        "chart": _chart(workspace, maker, span),
    }
    return frame.page(request, "overview", context)


def _prices() -> list[tuple[catalog.Mode, int]]:
    listed = prices.listed()
    return [(mode, listed[mode.name]) for mode in catalog.MODES.values()]


def _spent(workspace: Workspace, maker: User | None) -> int:
    """This month, by the keys that the reader sees, those that ended among them."""
    keys = ApiKey.objects.filter(workspace=workspace)
    return sum(spending.this_month(keys if maker is None else keys.filter(created_by=maker)).values())


def _chart(workspace: Workspace, maker: User | None, span: Span) -> chart.Chart:
    counts = call_figures.by_step(workspace=workspace, maker=maker, span=span)
    hours = chart.Unit("an hour", "%-d %b, %H:00", "%-d %B, %H:00", words.requests)
    days = chart.Unit("a day", "%-d %b", "%-d %B", words.requests)
    stack = [(series, counts[outcome]) for outcome, series in SERIES]
    return chart.draw(stack, span.steps, hours if span == call_figures.DAY else days)
