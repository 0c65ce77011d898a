"""System checks, and the versions of model and code."""

from django.core import checks
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.staff import StaffAction
from generation import valkey
from generation.services import versions
from generation.staff.frame import needs
from generation.staff.operations.page import page


@needs(StaffAction.SEE_OPERATIONS)
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    found = [message for message in checks.run_checks(databases=["default"]) if not message.is_silenced()]
    context = {
        "checks": [(_level(message), message) for message in found],
        "commit": versions.commit(),
        "weights": versions.weights(),
        "models": valkey.hint("versions", lambda _: versions.models()) or [],
        "python": versions.python(),
        "packages": versions.packages(),
    }
    return page(request, "system", context, title="System", tab="operations_system")


def _level(message: checks.CheckMessage) -> str:
    return "Error" if message.level >= checks.ERROR else "Warning" if message.level >= checks.WARNING else "Note"
