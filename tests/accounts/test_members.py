"""Who is in a workspace: roles, removal, leaving, handing over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, Membership, User, Workspace
from accounts.permissions import Role, role_of
from accounts.services import members, workspaces
from accounts.services.rights import Refused

Join = Callable[..., User]


def actions(workspace: Workspace) -> list[str]:
    with scopes_disabled():
        entries = AuditEntry.objects.filter(workspace=workspace).exclude(action="workspace.created").order_by("pk")
        return list(entries.values_list("action", flat=True))[1:]  # the first is that Bob came


def test_it_changes_a_role_and_writes_it_down(workspace: Workspace, alice: User, bob: User) -> None:
    members.change_role(workspace=workspace, actor=alice, person=bob, role=Role.ADMIN)
    assert role_of(bob, workspace) == Role.ADMIN
    assert actions(workspace) == ["member.role_changed"]


def test_nobody_lifts_anybody_above_themselves(workspace: Workspace, alice: User, bob: User, join: Join) -> None:
    ada = join("ada", Role.ADMIN)
    for person, role in [(bob, Role.OWNER), (ada, Role.OWNER), (alice, Role.MEMBER)]:
        with pytest.raises(PermissionDenied):
            members.change_role(workspace=workspace, actor=ada, person=person, role=role)
    for act in (members.remove, members.transfer):
        with pytest.raises(PermissionDenied):
            act(workspace=workspace, actor=ada, person=alice)
    assert role_of(alice, workspace) == Role.OWNER


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER, None])
def test_it_takes_the_right_to_touch_members(
    workspace: Workspace, bob: User, join: Join, charlie: User, role: Role | None
) -> None:
    actor = join("mia", role) if role else charlie
    with pytest.raises(PermissionDenied):
        members.change_role(workspace=workspace, actor=actor, person=bob, role=Role.VIEWER)
    with pytest.raises(PermissionDenied):
        members.remove(workspace=workspace, actor=actor, person=bob)


def test_the_last_owner_stays(workspace: Workspace, alice: User) -> None:
    with pytest.raises(Refused, match="needs an owner"):
        members.leave(workspace=workspace, person=alice)
    with pytest.raises(Refused, match="needs an owner"):
        members.change_role(workspace=workspace, actor=alice, person=alice, role=Role.ADMIN)


def test_an_owner_whose_account_is_closed_does_not_count(workspace: Workspace, alice: User, join: Join) -> None:
    olga = join("olga", Role.OWNER)
    User.objects.filter(pk=olga.pk).update(is_active=False)
    with pytest.raises(Refused):
        members.leave(workspace=workspace, person=alice)


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays(workspace: Workspace, alice: User, join: Join) -> None:
    olga = join("olga", Role.OWNER)

    def leave(person: User) -> bool:
        try:
            members.leave(workspace=workspace, person=person)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, [alice, olga])) == [False, True]
    with scope(workspace=workspace):
        assert Membership.objects.filter(workspace=workspace, role=Role.OWNER).count() == 1


def test_it_hands_the_workspace_over(workspace: Workspace, alice: User, bob: User) -> None:
    members.transfer(workspace=workspace, actor=alice, person=bob)
    assert (role_of(bob, workspace), role_of(alice, workspace)) == (Role.OWNER, Role.ADMIN)
    assert actions(workspace) == ["workspace.transferred"]


def test_a_personal_workspace_is_not_left_or_handed_over(alice: User, bob: User) -> None:
    own = workspaces.personal(alice)
    with pytest.raises(Refused, match="one person"):
        members.leave(workspace=own, person=alice)
    with pytest.raises(Refused, match="one person"):
        members.transfer(workspace=own, actor=alice, person=bob)


@pytest.fixture
def post(workspace: Workspace, client_of: Callable[[User], Client]) -> Callable[..., Any]:
    """`post(alice, "remove_member", bob)` presses the button."""

    def press(by: User, name: str, person: User | None = None, **data: str) -> Any:
        takes = [workspace.slug, *([person.pk] if person else [])]
        return client_of(by).post(reverse(f"accounts:{name}", args=takes), data)

    return press


def test_the_page_changes_roles_and_removes(post: Callable[..., Any], workspace: Workspace, alice: User, bob: User,
                                            client_of: Callable[[User], Client]) -> None:  # fmt: skip
    assert post(alice, "member", bob, role="viewer").status_code == 302
    assert role_of(bob, workspace) == Role.VIEWER
    assert post(alice, "remove_member", bob).status_code == 302
    assert client_of(bob).get("/w/atelier/gallery").status_code == 404
    assert post(alice, "remove_member", bob).status_code == 404


def test_the_page_says_why_not(post: Callable[..., Any], alice: User, bob: User) -> None:
    refused = post(alice, "leave")
    assert refused.status_code == 422
    assert "Make somebody else owner first." in refused.content.decode()
    assert post(alice, "member", alice, role="member").status_code == 422
    assert post(alice, "member", bob, role="emperor").status_code == 422
    assert post(alice, "transfer", alice).status_code == 422


def test_the_page_keeps_to_the_table(post: Callable[..., Any], alice: User, bob: User, charlie: User) -> None:
    for name in ("member", "remove_member", "transfer"):
        assert post(bob, name, alice, role="viewer").status_code == 403
        assert post(charlie, name, alice, role="viewer").status_code == 404
    assert post(charlie, "leave").status_code == 404


def test_admins_get_no_owner_to_give(post: Callable[..., Any], bob: User, join: Join) -> None:
    assert post(join("ada", Role.ADMIN), "member", bob, role="owner").status_code == 403


def test_it_leaves(post: Callable[..., Any], bob: User, workspace: Workspace) -> None:
    assert post(bob, "leave").url == reverse("accounts:workspaces")
    assert role_of(bob, workspace) is None


def test_it_searches_and_shows_what_roles_may_do(
    workspace: Workspace, bob: User, client_of: Callable[[User], Client]
) -> None:
    page = client_of(bob).get(reverse("accounts:members", args=["atelier"]), {"q": "ALI"}).content.decode()
    assert "alice@example.org" in page
    assert "What each role may do" in page
    assert '<div class="row-note">bob@example.org' not in page
    for odd in ({"q": "\0%_'"}, {"page": "x"}, {"page": "99999999999999999999"}):
        assert client_of(bob).get(reverse("accounts:members", args=["atelier"]), odd).status_code == 200
