"""What middleware adds to a request, for the type checker, and the door that asks for rights."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User, Workspace
from accounts.permissions import Action, allows

P = ParamSpec("P")


class UserRequest(HttpRequest):
    """A request of somebody who has logged in."""

    user: User
    htmx: HtmxDetails


class WorkspaceRequest(UserRequest):
    """A request below `/w/<slug>/`: from a member, inside the scope of the workspace."""

    workspace: Workspace
    membership: Membership


View = Callable[Concatenate[WorkspaceRequest, P], HttpResponse]


def needs(action: Action) -> Callable[[View[P]], View[P]]:
    """Members without the right get 403 and are told so; strangers never come this far."""

    def door(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: WorkspaceRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not allows(request.membership.role, action):
                raise PermissionDenied(f"Your role in this workspace does not allow you to {action}.")
            return view(request, *args, **kwargs)

        answer.action = action  # type: ignore[attr-defined]  # what the test of all addresses compares with
        return cast("View[P]", answer)

    return door
