"""Staff who look at the studio as somebody: they see what that person sees, and change nothing.

Money, keys, settings and data are never shown; what is private only where the person has said so (`support_until`).
Each page is written into the audit trail, where the person reads it too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from accounts import staff
from accounts.models import User
from accounts.services import audit
from accounts.staff import StaffAction
from accounts.staff_door import session_of

KEY = "looking_as"
# Where staff stay themselves.
OWN = ("/admin/", "/accounts/logout/", "/static/", "/media/")
# What is shared, without consent; with it also what the person alone sees.
SHARED = re.compile(r"/w/[^/]+/(gallery|explore|members|pictures/[^/]+|generations/[^/]+)/?")
PRIVATE = re.compile(r"/(w/[^/]+/((create|feeds/[^/]+)/?)?)?")
READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Looking:
    """Who looks on as whom."""

    staff: User
    person: User


def on(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        if KEY not in request.session or request.path_info.startswith(OWN):
            return get_response(request)
        looking = _looking(request)
        if looking is None:
            del request.session[KEY]
            return get_response(request)
        request.looking = looking  # type: ignore[attr-defined]  # for the banner
        request.user = looking.person
        response = get_response(request) if _may_see(request, looking) else _refuse(request)
        add_never_cache_headers(response)
        return response

    return answer


def _looking(request: HttpRequest) -> Looking | None:
    """As long as the staff session is open and the right is there; nobody looks on as a colleague."""
    user = request.user
    if not isinstance(user, User) or not staff.may(user, StaffAction.IMPERSONATE) or not session_of(request, user):
        return None
    person = User.objects.filter(pk=request.session[KEY], is_active=True, is_staff=False, deleted_at=None).first()
    if person is None:
        return None
    person.hides_private = person.support_until is None or person.support_until <= timezone.now()
    return Looking(user, person)


def _may_see(request: HttpRequest, looking: Looking) -> bool:
    path = request.path_info
    allowed = SHARED.fullmatch(path) or (not looking.person.hides_private and PRIVATE.fullmatch(path))
    if request.method not in READS or not allowed:
        return False
    audit.record("staff.looked", workspace=None, target=path, about=str(looking.person.pk))
    return True


def _refuse(request: HttpRequest) -> HttpResponse:
    return render(request, "looking.html", status=HTTPStatus.FORBIDDEN)
