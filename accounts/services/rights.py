"""What all services that change a workspace begin with: its lock, and the right of whoever asks."""

from django.core.exceptions import PermissionDenied
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.permissions import Action, allows, role_of


class Refused(Exception):
    """It cannot be done, whoever asks; the message says why and what to do instead, for people."""


def hold(workspace: Workspace) -> Workspace:
    """Lock the workspace until the transaction ends: who is in it, and as what, changes one act after the other.

    The row is read anew. Requests for pictures take the same lock, so limits hold too while they change.
    """
    with scopes_disabled():
        return Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def demand(actor: User, action: Action, workspace: Workspace) -> str:
    """The actor's role, which allows the action. Raises PermissionDenied."""
    role = role_of(actor, workspace)
    if role is None or not allows(role, action):
        raise PermissionDenied(f"Your role in this workspace does not allow you to {action}.")
    return role


def demand_team(workspace: Workspace) -> None:
    """Personal workspaces stay with their person. Raises Refused."""
    if workspace.is_personal:
        raise Refused("A personal workspace is for one person. Make a team workspace to work with others.")


def membership(workspace: Workspace, person: User) -> Membership:
    """Raises Membership.DoesNotExist."""
    with scopes_disabled():
        return Membership.objects.select_related("user", "workspace").get(workspace=workspace, user=person)
