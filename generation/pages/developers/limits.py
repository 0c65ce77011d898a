"""`/w/<slug>/developers/limits`: how much the API takes at once, and what of it is left now."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import ApiKey
from accounts.pages.typed import needs
from accounts.permissions import Action
from accounts.services import api_keys
from billing.plans import Plan, plan_of
from generation import catalog, uploads
from generation.pages import words
from generation.pages.developers import frame
from generation.pages.typed import PageRequest
from generation.services import limits, rates, spending

MB = 1_000_000


@dataclass(frozen=True)
class Limit:
    """A row: what is limited, to how much, and how much of it is there now; `code` is what a refusal says."""

    what: str
    most: str
    now: str = ""
    code: str = ""


@dataclass(frozen=True)
class Cap:
    """What a key may still spend this month."""

    key: ApiKey
    spent_micros: int

    @property
    def most(self) -> str:
        return "no cap" if self.key.monthly_cap_micros is None else words.cents(self.key.monthly_cap_micros)

    @property
    def spent(self) -> str:
        return words.cents(self.spent_micros)

    @property
    def left(self) -> str:
        if self.key.monthly_cap_micros is None:
            return "–"
        return words.cents(max(0, self.key.monthly_cap_micros - self.spent_micros))


@require_safe
@needs(Action.USE_KEYS)
def show(request: PageRequest, slug: str) -> HttpResponse:
    plan, maker = plan_of(request.workspace), frame.maker(request)
    keys = list(api_keys.live(workspace=request.workspace, maker=maker))
    spent = spending.this_month(keys)
    context = {
        "plan": plan,
        "rates": list(_rates(request, plan)),
        "uploads": UPLOADS,
        "caps": [Cap(key, spent[key.pk]) for key in keys],
        "everybody": maker is None,
    }
    return frame.page(request, "limits", context)


def _rates(request: PageRequest, plan: Plan) -> Iterator[Limit]:
    workspace, of_address = request.workspace, settings.AURORA_REQUESTS_AN_ADDRESS
    left = rates.left(workspace)
    if left is None:
        # Without Valkey nobody is counted.
        yield Limit("Requests a minute", _number(settings.AURORA_REQUESTS_A_MINUTE[plan.name]))
    else:
        now = f"{left.now:,} left" if left.limit else ""
        yield Limit("Requests a minute", _number(left.limit), now, "rate_limit_exceeded")
    yield Limit("Requests a minute from one address", _number(of_address), "", "rate_limit_exceeded")
    queued, running = limits.under_way(workspace)
    yield Limit("Generations drawn at once", f"{plan.running:,}", f"{running:,} drawn now")
    yield Limit("Generations waiting or drawn", f"{plan.queued:,}", f"{queued + running:,} now", "rate_limit_exceeded")
    live = api_keys.live(workspace=workspace).count()
    yield Limit("API keys that work", f"{api_keys.MOST_LIVE:,}", f"{live:,} now")


UPLOADS = (
    Limit("Prompt", f"{catalog.MAX_PROMPT:,} characters", code="invalid_value"),
    Limit("Pictures of a request (n)", f"{catalog.MAX_N_API}", code="invalid_value"),
    Limit("Partial pictures of a stream", f"{catalog.MAX_PARTIALS} for each picture", code="invalid_value"),
    Limit("Body of a request as JSON", f"{uploads.MAX_BODY // MB} MB", code="request_too_large"),
    Limit("Body with pictures in it, as JSON", f"{uploads.MAX_UPLOAD // MB} MB", code="request_too_large"),
    Limit("Picture or mask to start from", f"{uploads.MAX_BYTES // MB} MB", code="invalid_value"),
    Limit("Its size", f"{uploads.MAX_PIXELS // MB} million pixels", code="invalid_value"),
    Limit("Its format", ", ".join(uploads.FORMATS[:-1]) + f" or {uploads.FORMATS[-1]}", code="invalid_value"),
)


def _number(limit: int) -> str:
    return f"{limit:,}" if limit else "any number"
