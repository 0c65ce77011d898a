"""What all pages of the staff panel share: who may come in, and the frame of Django's admin around them."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts import staff
from accounts.staff import StaffAction

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def needs(action: StaffAction) -> Callable[[View[P]], View[P]]:
    """The view answers staff who may do `action`; others of the staff get 403, everybody else the log-in."""

    def door(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not staff.may(request.user, action):
                raise PermissionDenied(f"Your role does not allow you to {action}.")
            return view(request, *args, **kwargs)

        inside = admin.site.admin_view(answer)
        inside.action = action  # type: ignore[attr-defined]  # what the test of all addresses compares with
        return cast("View[P]", inside)

    return door


def panel(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, title: str, status: int = 200
) -> HttpResponseBase:
    """A page of the panel, which extends `staff/base.html`."""
    values = admin.site.each_context(request) | {"title": title, "may": staff.of_request(request)} | dict(context)
    return render(request, template, values, status=status)
