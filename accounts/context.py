"""What every template may use."""

from typing import Any

from django.http import HttpRequest

from accounts import permissions
from accounts.models import User, Workspace
from accounts.pages import nav
from accounts.services import announcements, appearance, switches, workspaces


def workspace(request: HttpRequest) -> dict[str, Any]:
    """`workspace`: the one of this page, None outside `/w/<slug>/`; `workspaces`: all of the reader's.

    `rail`: the workspace that the rail leads to, which on pages about oneself is the last one. `can`: what the reader
    may do in the workspace of this page. `looking`: whom staff look on as. `theme`: as this browser was told, else as
    the reader's profile says. `announcements`: what the site tells this reader. What costs a query is found when a
    template asks for it.
    """
    # A request that is refused early, as by its host name, has no user yet, and still has an error page.
    found = getattr(request, "user", None)
    user = found if isinstance(found, User) else None
    return {
        "workspace": getattr(request, "workspace", None),
        "workspaces": (lambda: workspaces.for_user(user)) if user else (),
        "announcements": (lambda: _told(request, user)) if user else (),
        "sign_ups_closed": lambda: switches.message(switches.Name.SIGN_UPS),
        "rail": (lambda: _rail(request, user)) if user else None,
        "can": permissions.of_request(request),
        "looking": getattr(request, "looking", None),
        "settings_nav": lambda: nav.of(request),
        "theme": appearance.of(request, user),
    }


def _told(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    return announcements.told(person=user, workspace=getattr(request, "workspace", None))


def _rail(request: HttpRequest, user: User) -> Workspace:
    return getattr(request, "workspace", None) or workspaces.last(user, slug=request.session.get("workspace", ""))
