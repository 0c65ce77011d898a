"""What templates may ask about money on every page of a workspace."""

from typing import Any

from django.http import HttpRequest

from billing.services import dunning


def arrears(request: HttpRequest) -> dict[str, Any]:
    """`arrears`: the payment for the plan that has failed, None where none has. Asked when a template does."""
    workspace = getattr(request, "workspace", None)
    return {"arrears": (lambda: dunning.arrears(workspace)) if workspace else None}
