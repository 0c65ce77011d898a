"""What all pages of the console share: the tabs, what leads elsewhere, and whose calls the reader sees."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from accounts.models import User
from accounts.permissions import Action, allows
from generation.pages.typed import PageRequest

DOCUMENTATION = "/docs"
TABS = (
    ("Overview", "pages:developers"),
    ("Requests", "pages:requests"),
    ("Playground", "pages:playground"),
    ("Webhooks", "pages:webhooks"),
    ("Limits", "pages:api_limits"),
)


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_here: bool


def maker(request: PageRequest) -> User | None:
    """Whose keys' calls are shown: None for everybody's, else the reader's own."""
    return None if allows(request.membership.role, Action.MANAGE_KEYS) else request.user


def page(request: PageRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    frame = {"tabs": _tabs(request), "base_url": base_url(), "documentation": documentation()}
    return render(request, f"developers/{template}.html", frame | context, status=status)


def base_url() -> str:
    """What clients are given as their base URL."""
    return f"{settings.BASE_URL}/v1"


def documentation() -> str:
    """Where the API is described; "" on a site without."""
    try:
        resolve(DOCUMENTATION)
    except Resolver404:
        return ""
    return DOCUMENTATION


def _tabs(request: PageRequest) -> list[Tab]:
    """Those whose pages are there; the longest address that this page's begins with is lit."""
    urls = [(label, url) for label, name in TABS if (url := _url(name, request.workspace.slug))]
    here = max((url for _, url in urls if request.path.startswith(url)), key=len, default=None)
    return [Tab(label, url, url == here) for label, url in urls]


def _url(name: str, slug: str) -> str:
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""
