"""What the pages of operations share."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from generation.staff.frame import panel

TABS = (
    ("operations", "Workers and queues"),
    ("operations_switches", "Features"),
    ("operations_announcements", "Announcements"),
    ("operations_mail", "E-mail"),
    ("operations_jobs", "Jobs"),
    ("operations_sharing", "Shared data"),
    ("operations_system", "System"),
)


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, title: str, tab: str, status: int = 200
) -> HttpResponseBase:
    """A page of operations, with the others beside it."""
    values = {"place": "operations", "tabs": TABS, "tab": tab}
    return panel(request, f"staff/operations/{template}.html", values | dict(context), title=title, status=status)
