"""The side menu of settings: of the workspace on its pages, of oneself everywhere else."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import Action, of_request


@dataclass(frozen=True)
class Entry:
    """One line of the menu. With an `action` only those see it who may do that; `is_offered` may hide it from all."""

    label: str
    route: str
    action: Action | None = None
    is_offered: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    is_here: bool


# In the order in which they are shown.
ACCOUNT: tuple[Entry, ...] = (
    Entry("Profile", "accounts:profile"),
    Entry("E-mail", "account_email"),
    Entry("Password", "account_change_password"),
    Entry("Two-step & passkeys", "mfa_index"),
    Entry("Sessions", "usersessions_list"),
    Entry("Connections", "socialaccount_connections", is_offered=lambda: bool(settings.SOCIALACCOUNT_PROVIDERS)),
    Entry("Workspaces", "accounts:workspaces"),
    Entry("Activity", "accounts:activity"),
    Entry("Your data", "accounts:data"),
)
WORKSPACE: tuple[Entry, ...] = (
    Entry("General", "accounts:settings", Action.MANAGE_SETTINGS),
    Entry("Pictures", "pages:defaults", Action.MANAGE_SETTINGS),
    Entry("Members", "accounts:members", Action.SEE_MEMBERS),
    Entry("Invitations", "accounts:invitations", Action.INVITE),
    Entry("Decisions", "pages:decisions", Action.CREATE),
    Entry("Usage", "pages:usage", Action.SEE),
    Entry("Billing", "billing:overview", Action.SEE_MONEY),
    Entry("Credits", "billing:credits", Action.SEE_MONEY),
    Entry("Statement", "billing:statement", Action.SEE_MONEY),
    Entry("Data sharing", "billing:sharing", Action.MANAGE_SETTINGS),
    Entry("Developers", "pages:developers", Action.USE_KEYS),
    Entry("API keys", "pages:keys", Action.USE_KEYS),
    Entry("Webhooks", "pages:webhooks", Action.MANAGE_KEYS),
    Entry("Batches", "pages:batches", Action.USE_KEYS),
    Entry("Audit trail", "accounts:audit", Action.SEE_AUDIT),
    Entry("Data", "accounts:workspace_data", Action.EXPORT),
)


def of(request: HttpRequest) -> list[Link]:
    """The links for the reader of this page; the one whose address the page's begins with is lit."""
    workspace = getattr(request, "workspace", None)
    entries, args = (WORKSPACE, [workspace.slug]) if workspace else (ACCOUNT, [])
    can = of_request(request)
    urls = [
        (entry.label, reverse(entry.route, args=args))
        for entry in entries
        if entry.is_offered() and (entry.action is None or getattr(can, entry.action.name.lower()))
    ]
    here = max((url for _, url in urls if request.path.startswith(url)), key=len, default=None)
    return [Link(label, url, url == here) for label, url in urls]
