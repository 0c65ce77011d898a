"""Workspaces: making them, and finding those of a user."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_scopes import scope

from accounts.models import Membership, User, Workspace
from accounts.services import users, workspaces


def test_it_makes_the_creator_owner(alice: User) -> None:
    made = workspaces.create_workspace(name="Night Shift", owner=alice)
    assert made.slug == "night-shift"
    with scope(workspace=made):
        assert made.memberships.get().role == Membership.Role.OWNER


def test_it_finds_a_slug_for_a_name_without_letters(alice: User) -> None:
    assert workspaces.create_workspace(name="한국어", owner=alice).slug == "workspace"
    assert workspaces.create_workspace(name="★★★", owner=alice).slug.startswith("workspace-")


def test_it_lists_the_personal_one_first(alice: User, workspace: Workspace, charlie: User) -> None:
    assert [found.name for found in workspaces.for_user(alice)] == ["Alice", "Atelier"]
    assert workspace not in workspaces.for_user(charlie)


def test_it_makes_a_missing_personal_workspace_once(db: None) -> None:
    eve = User.objects.create_user("eve@example.org")
    assert workspaces.personal(eve) == workspaces.personal(eve)


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_personal_workspace_for_two_first_visits_at_once() -> None:
    eve = User.objects.create_user("eve@example.org")

    def visit(_: int) -> Workspace:
        try:
            return workspaces.personal(eve)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(visit, range(4)))
    assert len(found) == 1


def test_it_does_not_take_a_shared_workspace_for_the_personal_one(alice: User, bob: User) -> None:
    own = workspaces.personal(alice)
    with scope(workspace=own):
        Membership.objects.create(workspace=own, user=bob)
    assert workspaces.personal(bob) != workspaces.personal(alice)


def test_it_keeps_addresses_in_lower_case(db: None) -> None:
    assert users.create_user(email="Zoe@Example.ORG").email == "zoe@example.org"


def test_the_command_makes_owner_and_workspace(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_workspace", "Night shift", "--owner", "Nina@example.org")
    assert capsys.readouterr().out == "night-shift\n"
    assert len(workspaces.for_user(User.objects.get(email="nina@example.org"))) == 2


def test_the_command_takes_a_user_that_exists(alice: User) -> None:
    call_command("create_workspace", "Night shift", "--owner", "alice@example.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize(("name", "owner"), [(" ", "a@example.org"), ("x" * 81, "a@example.org"), ("Fine", "nobody")])
def test_the_command_refuses_bad_input(db: None, name: str, owner: str) -> None:
    with pytest.raises(CommandError):
        call_command("create_workspace", name, "--owner", owner)
    assert not Workspace.objects.exists()
