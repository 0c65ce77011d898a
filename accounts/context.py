"""What every template may use."""

from typing import Any

from django.http import HttpRequest


def workspace(request: HttpRequest) -> dict[str, Any]:
    """`workspace`: the one of this page, None outside `/w/<slug>/`."""
    return {"workspace": getattr(request, "workspace", None)}
