"""The table of rights is what the documents and the pages show."""

from pathlib import Path

import pytest

from accounts.models import User, Workspace
from accounts.permissions import Action, Role, can, rank, up_to
from accounts.services import matrix

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_says_what_the_table_says() -> None:
    assert (ROOT / "docs/permissions.md").read_text() == matrix.markdown()


def test_each_role_may_do_all_that_lower_ones_may() -> None:
    for row in matrix.rows():
        assert list(row.allowed) == sorted(row.allowed, reverse=True)


@pytest.mark.parametrize(("role", "most"), [(Role.VIEWER, 1), (Role.MEMBER, 2), (Role.ADMIN, 3), (Role.OWNER, 4)])
def test_it_ranks_roles(role: Role, most: int) -> None:
    assert len(up_to(role)) == most
    assert up_to(role)[-1] == role
    assert rank(None) < rank(role)


def test_it_answers_for_members_and_strangers(workspace: Workspace, alice: User, bob: User, charlie: User) -> None:
    assert can(alice, Action.DELETE, workspace)
    assert can(bob, Action.CREATE, workspace)
    assert not can(bob, Action.INVITE, workspace)
    assert not can(charlie, Action.SEE, workspace)
