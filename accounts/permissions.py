"""Who may do what in a workspace: one table, asked by pages, API and templates alike."""

from enum import StrEnum

from django.http import HttpRequest
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace

Role = Membership.Role


class Action(StrEnum):
    """What can be done in a workspace; the values are the words of docs/permissions.md."""

    SEE = "see what is shared"
    CREATE = "make pictures"
    MODERATE = "stop and delete what others made"
    SEE_MEMBERS = "see the members"
    INVITE = "invite people and revoke invitations"
    MANAGE_MEMBERS = "change roles and limits, remove members"
    SEE_USAGE = "see who used what"
    MANAGE_SETTINGS = "change name, address, logo and defaults"
    USE_KEYS = "make API keys, and rotate or revoke one's own"
    MANAGE_KEYS = "see, limit and revoke everybody's API keys, and look after webhooks"
    SEE_AUDIT = "read the audit trail"
    SEE_MONEY = "see balance and statements"
    MANAGE_MONEY = "change the plan and pay"
    EXPORT = "export everything the workspace has"
    TRANSFER = "hand the workspace over"
    DELETE = "delete the workspace"


_VIEWER = {Action.SEE, Action.SEE_MEMBERS}
_MEMBER = _VIEWER | {Action.CREATE, Action.USE_KEYS}
_ADMIN = _MEMBER | {
    Action.MODERATE,
    Action.INVITE,
    Action.MANAGE_MEMBERS,
    Action.SEE_USAGE,
    Action.MANAGE_SETTINGS,
    Action.MANAGE_KEYS,
    Action.SEE_AUDIT,
    Action.SEE_MONEY,
}
TABLE: dict[str, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.ADMIN: frozenset(_ADMIN),
    Role.MEMBER: frozenset(_MEMBER),
    Role.VIEWER: frozenset(_VIEWER),
}


# From the least to the most.
RANKS = (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER)


def rank(role: str | None) -> int:
    """How high a role stands; -1 for a stranger."""
    return RANKS.index(Role(role)) if role else -1


def up_to(role: str) -> list[Role]:
    """The roles that stand no higher, from the least to the most."""
    return list(RANKS[: rank(role) + 1])


def role_of(user: User, workspace: Workspace) -> str | None:
    """The role of the user in the workspace; None for a stranger. Asked of the database each time."""
    with scopes_disabled():
        rows = Membership.objects.filter(user=user, workspace=workspace, user__is_active=True)
        return rows.values_list("role", flat=True).first()


def can(user: User, action: Action, workspace: Workspace) -> bool:
    return allows(role_of(user, workspace), action)


def allows(role: str | None, action: Action) -> bool:
    return role is not None and action in TABLE[role]


class Can:
    """For templates: `{{ can.invite }}`, by the names of `Action` in lower case."""

    def __init__(self, role: str | None) -> None:
        self.role = role

    def __getattr__(self, name: str) -> bool:
        try:
            return allows(self.role, Action[name.upper()])
        except KeyError:
            raise AttributeError(name) from None


def of_request(request: HttpRequest) -> Can:
    """What the reader of a page may do in the page's workspace."""
    membership = getattr(request, "membership", None)
    return Can(membership.role if membership else None)
