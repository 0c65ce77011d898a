"""What templates may ask about money on every page of a workspace."""

from typing import Any

from django.http import HttpRequest

from accounts.models import Workspace
from accounts.permissions import Action, allows
from billing import amounts
from billing.services import dunning, low


def arrears(request: HttpRequest) -> dict[str, Any]:
    """`arrears`: the payment for the plan that has failed, None where none has. Asked when a template does."""
    workspace = getattr(request, "workspace", None)
    return {"arrears": (lambda: dunning.arrears(workspace)) if workspace and not hasattr(request, "looking") else None}


def credit(request: HttpRequest) -> dict[str, Any]:
    """`credit_low`: what is left, where that is little and the reader should know. Asked when a template does."""
    membership = getattr(request, "membership", None)
    # Staff who look on see no money.
    if membership is None or hasattr(request, "looking") or not allows(membership.role, Action.SEE_MONEY):
        return {"credit_low": None}
    return {"credit_low": lambda: _little(membership.workspace)}


def _little(workspace: Workspace) -> dict[str, Any] | None:
    found = low.little(workspace)
    return {"left": amounts.dollars(found.micros), "is_out": found.is_out} if found else None
