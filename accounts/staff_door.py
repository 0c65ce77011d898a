"""The door of /admin/: staff need a second step and an open staff session, on Django's pages as on ours."""

from collections.abc import Callable
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import StaffSession, User
from accounts.services import audit, staff_sessions

KEY = "staff_session"
"""In the browser's session: which staff session it opened."""
# To log in or out, and to read the words of Django's scripts, nobody needs a reason.
OPEN = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/")
DONE = (204, 302, 303)
"""What a page answers that has done what it was sent."""
SECOND_STEP = "Staff log in with a second step. Set up an authenticator app or a passkey, then come back."


def door(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not request.path_info.startswith("/admin/") or request.path_info in OPEN:
            return get_response(request)
        if not (isinstance(user, User) and user.is_staff):
            return get_response(request)
        if not is_mfa_enabled(user):
            messages.info(request, SECOND_STEP)
            return redirect("mfa_index")
        session = session_of(request, user)
        request.staff_session = session  # type: ignore[attr-defined]  # for the banner
        if session is None and request.path_info != reverse("staff:session"):
            way = request.get_full_path() if request.method == "GET" else "/admin/panel/"
            return redirect(f"{reverse('staff:session')}?{urlencode({'next': way})}")
        response = get_response(request)
        _leave_a_trace(request, response)
        return response

    return answer


def _leave_a_trace(request: HttpRequest, response: HttpResponse) -> None:
    """Nothing that staff do is without an entry: where the page wrote none, this does."""
    if request.method == "POST" and response.status_code in DONE and not audit.current().written:
        audit.record("staff.acted", workspace=None, target=request.path)


def session_of(request: HttpRequest, user: User) -> StaffSession | None:
    """The open staff session of this browser."""
    return staff_sessions.current(person=user, id=request.session.get(KEY))
