"""Who is in a workspace and as what: find members, change roles, remove, leave, hand over.

Each act holds the workspace's row. So two owners who leave at once do so one after the other, and the second is told
that nobody would be left.
"""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Case, IntegerField, Q, Value, When
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.permissions import RANKS, Action, Role, rank, up_to
from accounts.services import audit, rooms
from accounts.services.rights import Refused, demand, demand_team, hold, membership

PAGE = 50
LAST_OWNER = "A workspace needs an owner. Make somebody else owner first."


def found(*, workspace: Workspace, words: str = "", page: int | str = 1) -> Page[Membership]:
    """A page of the members, owners first; with `words`, of those whose name or address has them."""
    high_first = Case(*(When(role=role, then=Value(-rank(role))) for role in RANKS), output_field=IntegerField())
    rows = Membership.objects.filter(workspace=workspace).select_related("user")
    if words:
        rows = rows.filter(Q(user__email__icontains=words) | Q(user__display_name__icontains=words))
    with scopes_disabled():
        chosen = Paginator(rows.order_by(high_first, "user__email"), PAGE).get_page(page)
        # Read now: outside this block the rows could not be seen.
        chosen.object_list = list(chosen.object_list)
    return chosen


def assignable(*, actor: Membership, target: Membership) -> list[Role]:
    """The roles that the actor may give the target; none where the target is out of reach."""
    if not _reaches(actor.role, target):
        return []
    return up_to(actor.role)


@transaction.atomic
def change_role(*, workspace: Workspace, actor: User, person: User, role: str) -> Membership:
    """Give a member another role. Raises PermissionDenied, Refused, or Membership.DoesNotExist."""
    held = hold(workspace)
    demand_team(held)
    own = demand(actor, Action.MANAGE_MEMBERS, held)
    target = membership(held, person)
    _demand_reach(own, target)
    if role not in up_to(own):
        raise PermissionDenied("Nobody gives a role above their own.")
    if role == target.role:
        return target
    _keep_an_owner(held, target, stays_owner=role == Role.OWNER)
    return _give(target, role, actor=actor)


@transaction.atomic
def remove(*, workspace: Workspace, actor: User, person: User) -> None:
    """End somebody's membership. Raises PermissionDenied, Refused, or Membership.DoesNotExist."""
    held = hold(workspace)
    demand_team(held)
    own = demand(actor, Action.MANAGE_MEMBERS, held)
    target = membership(held, person)
    _demand_reach(own, target)
    _end(target, "member.removed", actor=actor)


@transaction.atomic
def leave(*, workspace: Workspace, person: User) -> None:
    """End one's own membership. Raises Refused, or Membership.DoesNotExist."""
    held = hold(workspace)
    demand_team(held)
    _end(membership(held, person), "member.left", actor=person)


@transaction.atomic
def transfer(*, workspace: Workspace, actor: User, person: User) -> None:
    """Make somebody else owner, and the actor admin. Raises PermissionDenied, Refused, or Membership.DoesNotExist."""
    held = hold(workspace)
    demand_team(held)
    demand(actor, Action.TRANSFER, held)
    if actor == person:
        raise Refused("You own this workspace already.")
    target = membership(held, person)
    if not target.user.is_active or target.user.is_leaving:
        raise Refused("This account is closed, or is to be deleted. Choose somebody else.")
    with scopes_disabled():
        Membership.objects.filter(pk=target.pk).update(role=Role.OWNER)
        Membership.objects.filter(workspace=held, user=actor).update(role=Role.ADMIN)
    audit.record("workspace.transferred", workspace=held, actor=actor, target=person)


def _reaches(role: str, target: Membership) -> bool:
    """Whether somebody of this role may touch that member: nobody who stands higher."""
    return rank(role) >= rank(target.role)


def _demand_reach(role: str, target: Membership) -> None:
    if not _reaches(role, target):
        raise PermissionDenied("Only owners change what owners are.")


def _keep_an_owner(workspace: Workspace, target: Membership, *, stays_owner: bool) -> None:
    """Raises Refused where nobody would be left. Owners whose account is closed, or is to be deleted, do not count."""
    if target.role != Role.OWNER or stays_owner:
        return
    staying = {"user__is_active": True, "user__deletion_due_at": None}
    others = Membership.objects.filter(workspace=workspace, role=Role.OWNER, **staying)
    with scopes_disabled():
        if not others.exclude(pk=target.pk).exists():
            raise Refused(LAST_OWNER)


def _give(target: Membership, role: str, *, actor: User) -> Membership:
    before, target.role = target.role, role
    with scopes_disabled():
        target.save(update_fields=["role"])
    audit.record("member.role_changed", workspace=target.workspace, actor=actor, target=target.user,
                 before=before, after=role)  # fmt: skip
    return target


def _end(target: Membership, action: str, *, actor: User) -> None:
    _keep_an_owner(target.workspace, target, stays_owner=False)
    with scopes_disabled():
        target.delete()
    rooms.changed(target.workspace)
    audit.record(action, workspace=target.workspace, actor=actor, target=target.user, role=target.role)
