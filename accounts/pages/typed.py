"""What middleware adds to a request, for the type checker, and the door that asks for rights."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User, Workspace
from accounts.permissions import Action, allows

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class UserRequest(HttpRequest):
    """A request of somebody who has logged in."""

    user: User
    htmx: HtmxDetails


class WorkspaceRequest(UserRequest):
    """A request below `/w/<slug>/`: from a member, inside the scope of the workspace."""

    workspace: Workspace
    membership: Membership


View = Callable[Concatenate[WorkspaceRequest, P], R]


def demand(request: WorkspaceRequest, action: Action) -> None:
    """Raises PermissionDenied where the reader's role does not allow it."""
    if not allows(request.membership.role, action):
        raise PermissionDenied(f"Your role in this workspace does not allow you to {action}.")


def needs(action: Action) -> Callable[[View[P, R]], View[P, R]]:
    """Members without the right get 403 and are told so; strangers never come this far."""

    def door(view: View[P, R]) -> View[P, R]:
        @wraps(view)
        def answer(request: WorkspaceRequest, *args: P.args, **kwargs: P.kwargs) -> R:
            demand(request, action)
            return view(request, *args, **kwargs)

        answer.action = action  # type: ignore[attr-defined]  # what the test of all addresses compares with
        return cast("View[P, R]", answer)

    return door
