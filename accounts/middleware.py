"""`/w/<slug>/…`: who is not a member gets 404; everything below runs inside the scope of that workspace."""

import re
import zoneinfo
from collections.abc import Callable
from http import HTTPStatus

import structlog
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django_scopes import scope, scopes_disabled

from accounts.models import Membership, User
from accounts.services import audit

GetResponse = Callable[[HttpRequest], HttpResponse]
PATH = re.compile(r"/w/(?P<slug>[-a-zA-Z0-9_]+)/")
COUNTRY = 2
READS = ("GET", "HEAD", "OPTIONS")
# Where somebody whose account is to be deleted still gets to: to keep it, to fetch their data, to log in and out.
OPEN_TO_LEAVING = re.compile(r"/account/data|/w/[^/]+/data/|/accounts/|/static/|/media/")


def workspace_scope(get_response: GetResponse) -> GetResponse:
    def answer(request: HttpRequest) -> HttpResponse:
        match = PATH.match(request.path_info)
        if match is None:
            return get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        with scopes_disabled():
            rows = Membership.objects.select_related("workspace")
            membership = rows.filter(workspace__slug=match["slug"], user=request.user).first()
        if membership is None:
            # The same answer for "not yours" and "not there": a stranger learns nothing.
            raise Http404("No such workspace.")
        request.membership = membership  # type: ignore[attr-defined]  # what views find their reader's rights by
        request.workspace = membership.workspace  # type: ignore[attr-defined]
        with scope(workspace=membership.workspace):
            if membership.workspace.is_leaving and not _may_still(request, match):
                return render(request, "closing.html", status=HTTPStatus.CONFLICT)
            return get_response(request)

    return answer


def _may_still(request: HttpRequest, match: re.Match[str]) -> bool:
    """A workspace that is to be deleted can be read, and kept after all; its members may go."""
    below = request.path_info[match.end() :]
    return request.method in READS or below.startswith(("data/", "members/leave"))


def leaving(get_response: GetResponse) -> GetResponse:
    """Who has asked for their account to be deleted finds the way to keep it, and nothing else, wherever they go."""

    def answer(request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_leaving and not OPEN_TO_LEAVING.match(request.path_info):
            return redirect("accounts:data")
        return get_response(request)

    return answer


def staff_scope(get_response: GetResponse) -> GetResponse:
    """The admin shows staff the rows of all workspaces."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/admin/") or not getattr(request.user, "is_staff", False):
            return get_response(request)
        with scopes_disabled():
            return get_response(request)

    return answer


def audited(get_response: GetResponse) -> GetResponse:
    """Lets the audit trail say who sent the request, and from where."""

    def answer(request: HttpRequest) -> HttpResponse:
        token = audit.at(
            audit.Where(
                actor=request.user if isinstance(request.user, User) else None,
                address=get_adapter().get_client_ip(request),
                request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
                country=_country(request),
            )
        )
        try:
            return get_response(request)
        finally:
            audit.leave(token)

    return answer


def _country(request: HttpRequest) -> str:
    """Two letters, where the settings name a header that the proxy in front sets."""
    name = settings.AURORA_COUNTRY_HEADER
    found = request.headers.get(name, "").upper() if name else ""
    return found if len(found) == COUNTRY and found.isascii() and found.isalpha() else ""


def personal(get_response: GetResponse) -> GetResponse:
    """Times and words as the reader has chosen them on their profile."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return get_response(request)
        with timezone.override(_zone(request.user.time_zone)), translation.override(request.user.locale):
            return get_response(request)

    return answer


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        # Chosen where more zones are known than on this machine.
        return None
