"""The front door: visitors see what Aurora is, members go to where they were."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.services import workspaces
from billing import prices
from billing.plans import FREE, PLANS
from generation import catalog
from generation.pages import showcase, words
from generation.pages.cards import Shot
from generation.pages.plans import Offer
from generation.pages.prompts import STARTERS
from generation.pages.typed import PageRequest
from generation.services import explore

# Longer than any prompt that can be drawn, so that the composer can say what is too long; short enough for a session.
KEPT_CHARACTERS = 10_000

PUBLISHED = 8
"""Pictures of members that the front page shows."""

COUNTS = (100, 1_000, 10_000, 100_000)
"""Pictures whose price is there without a script."""


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """POST keeps a visitor's prompt until they are signed up."""
    if request.method == "POST":
        request.session["prompt"] = request.POST.get("prompt", "").strip()[:KEPT_CHARACTERS]
        return redirect("pages:home" if request.user.is_authenticated else "account_signup")
    if isinstance(request.user, User):
        return redirect(
            "pages:create", slug=workspaces.last(request.user, slug=request.session.get("workspace", "")).slug
        )
    return render(request, "pages/landing.html", _landing())


@require_safe
def workspace(request: PageRequest, slug: str) -> HttpResponse:
    return redirect("pages:create", slug=slug)


def _landing() -> dict[str, object]:
    listed = prices.listed()
    free = [
        f"{FREE.daily[mode.name]:,} pictures in {mode.label}"
        for mode in catalog.MODES.values()
        if FREE.daily.get(mode.name)
    ]
    return {
        "free_day": " and ".join(free),
        "prompts": STARTERS,
        "wall": showcase.pictures(),
        "wall_machine": showcase.machine(),
        "price": words.dollars(listed["quality"]),
        "price_micros": listed["quality"],
        "counts": [(f"{number:,}", _total(listed["quality"] * number)) for number in COUNTS],
        "published": [Shot(picture) for picture in explore.newest(limit=PUBLISHED)],
        "offers": [Offer(plan, "month", None) for plan in PLANS.values()],
        "pro_price": words.dollars(listed["pro"]),
        "welcome": words.dollars(prices.WELCOME_MICROS),
    }


def _total(micros: int) -> str:
    return f"${micros / prices.MICROS_PER_DOLLAR:,.2f}"
