"""Workspaces: make one, find the ones of a user."""

import secrets

from django.db import transaction
from django.utils.text import slugify
from django_scopes import scope, scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.services import audit
from accounts.services.rights import Refused

SUFFIX_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
SLUG_STEM = 40
MAX_OWNED = 50


@transaction.atomic
def create_workspace(*, name: str, owner: User, is_personal: bool = False, is_discreet: bool = False) -> Workspace:
    """Make a workspace that `owner` owns. The slug comes from the name, with a suffix where it is taken.

    With `is_discreet` it has the suffix always, and does not tell whether somebody of that name is here.
    """
    slug = _free_slug(name, is_discreet=is_discreet)
    workspace = Workspace.objects.create(name=name, slug=slug, is_personal=is_personal)
    with scope(workspace=workspace):
        Membership.objects.create(workspace=workspace, user=owner, role=Membership.Role.OWNER)
    audit.record("workspace.created", workspace=workspace, actor=owner, target=name)
    audit.record("member.added", workspace=workspace, actor=owner, target=owner, role=Membership.Role.OWNER.value)
    return workspace


@transaction.atomic
def found_team(*, name: str, owner: User) -> Workspace:
    """A workspace to share, made by a person. Raises Refused when they own very many."""
    # The lock makes requests at once count each other.
    User.objects.select_for_update().get(pk=owner.pk)
    with scopes_disabled():
        owned = Membership.objects.filter(user=owner, role=Membership.Role.OWNER, workspace__is_personal=False)
        if owned.count() >= MAX_OWNED:
            raise Refused(f"You own {MAX_OWNED} workspaces, as many as are possible. Hand one over first.")
        return create_workspace(name=name, owner=owner)


def for_user(user: User) -> list[Workspace]:
    """The workspaces that the user is a member of, the personal one first."""
    with scopes_disabled():
        return list(Workspace.objects.filter(memberships__user=user).order_by("-is_personal", "name", "id"))


def memberships_of(user: User) -> list[Membership]:
    """The user's memberships with their workspaces, in the same order."""
    rows = Membership.objects.filter(user=user).select_related("workspace")
    with scopes_disabled():
        return list(rows.order_by("-workspace__is_personal", "workspace__name", "workspace_id"))


def last(user: User, *, slug: str) -> Workspace:
    """The workspace that the user was in last, or their personal one where they have left it or never were in any."""
    return next((workspace for workspace in for_user(user) if workspace.slug == slug), None) or personal(user)


@transaction.atomic
def personal(user: User, *, is_discreet: bool = False) -> Workspace:
    """The user's personal workspace, made now where a command created the user without one."""
    # The lock makes two first visits at once agree on one workspace.
    User.objects.select_for_update().get(pk=user.pk)
    # One filter() for both: apart, they could be satisfied by two different memberships.
    own = Workspace.objects.filter(memberships__user=user, memberships__role=Membership.Role.OWNER)
    with scopes_disabled():
        found = own.filter(is_personal=True).first()
    if found:
        return found
    return create_workspace(name=user.get_short_name()[:80], owner=user, is_personal=True, is_discreet=is_discreet)


def _free_slug(name: str, *, is_discreet: bool) -> str:
    stem = slugify(name)[:SLUG_STEM].strip("-_") or "workspace"
    slug = "" if is_discreet else stem
    while not slug or Workspace.objects.filter(slug=slug).exists():
        slug = f"{stem}-{''.join(secrets.choice(SUFFIX_ALPHABET) for _ in range(6))}"
    return slug
