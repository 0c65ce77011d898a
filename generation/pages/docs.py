"""The documentation: for whoever writes a program, logged in or not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import prices
from billing.amounts import dollars
from billing.plans import PLANS
from generation import catalog, codes, uploads
from generation.services import retries
from generation.storage import API_URL_SECONDS


@dataclass(frozen=True)
class Page:
    """`slug` is its address and the name of its template."""

    slug: str
    title: str
    facts: Callable[[], dict[str, Any]] = dict


def _pictures() -> dict[str, Any]:
    return {"modes": catalog.MODES.values(), "most": catalog.MAX_N_API, "hours": API_URL_SECONDS // 3600,
            "max_negative": catalog.MAX_NEGATIVE}  # fmt: skip


def _uploads() -> dict[str, Any]:
    return {"megabytes": uploads.MAX_BYTES // 1_000_000, "megapixels": uploads.MAX_PIXELS // 1_000_000}


def _limits() -> dict[str, Any]:
    rows = [(plan, settings.AURORA_REQUESTS_A_MINUTE[plan.name]) for plan in PLANS.values()]
    window = retries.WINDOW // timedelta(minutes=1)
    return {"rows": rows, "address": settings.AURORA_REQUESTS_AN_ADDRESS, "window": window, **_uploads()}


def _prices() -> dict[str, Any]:
    listed = prices.listed()
    drawn = [
        (mode, dollars(listed[name]), dollars(listed[name] // 2), dollars(listed[name] * 10_000))
        for name, mode in catalog.MODES.items()
    ]
    return {
        "drawn": drawn,
        "video": dollars(listed[prices.Item.VIDEO_SECOND]),
        "welcome": dollars(prices.WELCOME_MICROS),
        "sharing": dollars(prices.SHARING_MICROS),
    }


PAGES = (
    Page("quick-start", "Quick start"),
    Page("images", "Images", _pictures),
    Page("edits", "Edits & variations", _uploads),
    Page("streaming", "Streaming"),
    Page("errors", "Errors", lambda: {"problems": codes.PROBLEMS}),
    Page("limits", "Limits & retries", _limits),
    Page("prices", "Prices", _prices),
    Page("webhooks", "Webhooks"),
    Page("batches", "Batches"),
)
_BY_SLUG = {page.slug: page for page in PAGES}


@require_safe
def show(request: HttpRequest, slug: str = PAGES[0].slug) -> HttpResponse:
    page = _BY_SLUG.get(slug)
    if page is None:
        raise Http404
    place = PAGES.index(page)
    context = {
        "pages": PAGES,
        "page": page,
        "previous": PAGES[place - 1] if place else None,
        "next": PAGES[place + 1] if place + 1 < len(PAGES) else None,
        "base_url": f"{settings.BASE_URL}/v1",
        "model": catalog.MODEL,
    }
    return render(request, f"docs/{slug}.html", context | page.facts())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every route, by Swagger UI."""
    return render(request, "docs/reference.html", {"pages": PAGES, "page": None})
