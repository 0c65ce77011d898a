"""Open and close one's staff session, and look at the studio as somebody."""

from typing import cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import looking, staff_door
from accounts.models import User
from accounts.services import audit, staff_sessions, workspaces
from generation.staff.frame import panel


class OpenForm(forms.Form):
    reason = forms.CharField(
        label="What are you here for?",
        max_length=200,
        help_text="A few words, as “refund asked for by mail” or a ticket’s number. It is kept in the audit trail.",
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
        error_messages={"required": "Say in a few words what you are here for."},
    )


@admin.site.admin_view
@require_http_methods(["GET", "HEAD", "POST"])
def open_session(request: HttpRequest) -> HttpResponseBase:
    """The reason, before anything else of the admin."""
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = staff_sessions.begin(person=cast("User", request.user), reason=form.cleaned_data["reason"])
        request.session[staff_door.KEY] = str(made.pk)
        return redirect(_next(request))
    context = {"form": form, "next": _next(request)}
    return panel(
        request, "staff/session.html", context, title="Open a staff session", status=422 if form.errors else 200
    )


@admin.site.admin_view
@require_POST
def close_session(request: HttpRequest) -> HttpResponseBase:
    """Also ends looking on, which needs an open session."""
    _stop_looking(request)
    staff_sessions.end(session=request.staff_session)  # type: ignore[attr-defined]  # the door has let them in by it
    del request.session[staff_door.KEY]
    return redirect("staff:session")


@admin.site.admin_view
@require_safe
def to_studio(request: HttpRequest) -> HttpResponseBase:
    """Where looking begins: the gallery of the person whose pages are looked at."""
    key = request.session.get(looking.KEY)
    person = User.objects.filter(pk=key).first() if key else None
    found = workspaces.for_user(person) if person else ()
    return redirect("pages:gallery", found[0].slug) if found else redirect("staff:overview")


@admin.site.admin_view
@require_POST
def stop_looking(request: HttpRequest) -> HttpResponseBase:
    if (person := _stop_looking(request)) is None:
        raise PermissionDenied("You do not look at the studio as somebody.")
    return redirect("staff:person", person)


def _stop_looking(request: HttpRequest) -> str | None:
    key = request.session.pop(looking.KEY, None)
    if key is None:
        return None
    person = User.objects.filter(pk=key).first()
    audit.record("staff.look_ended", workspace=None, target=person or "", about=str(key))
    return str(key)


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours and asked.startswith("/admin/") else reverse("staff:overview")
