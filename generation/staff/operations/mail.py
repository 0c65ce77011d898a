"""E-mails: where they go, and those that were written into files, where that is what happens to them."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.services import audit
from accounts.staff import StaffAction
from generation.services import letters
from generation.staff.frame import needs
from generation.staff.operations.page import page


@needs(StaffAction.SEE_OPERATIONS)
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    context = {
        "are_files": letters.are_files(),
        "letters": letters.newest() if letters.are_files() else [],
        "host": settings.EMAIL_HOST,
        "port": settings.EMAIL_PORT,
        "sender": settings.DEFAULT_FROM_EMAIL,
    }
    return page(request, "mail", context, title="E-mail", tab="operations_mail")


# Letters hold links that open accounts: whoever reads one might be anybody.
@needs(StaffAction.MANAGE_STAFF)
@require_safe
def letter(request: HttpRequest, name: str) -> HttpResponseBase:
    """One file of them, and that it was read."""
    try:
        found = letters.read(name) if letters.are_files() else []
    except FileNotFoundError:
        found = []
    if not found:
        raise Http404("There is no such letter.")
    for to, _, _ in found:
        audit.record("letter.read", workspace=None, target=letters.masked(to), file=name)
    return page(request, "letter", {"letters": found}, title=found[0][1], tab="operations_mail")
