"""Whatever people do with invitations, roles, leaving and handing over: somebody owns, and nobody lifts themselves."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Invitation, Membership, User, Workspace
from accounts.permissions import RANKS
from accounts.services import invitations, members, workspaces
from accounts.services.rights import Refused

PEOPLE = ("alice", "bob", "charlie", "dora")
people, roles = st.sampled_from(PEOPLE), st.sampled_from([str(role) for role in RANKS])
MANAGERS = ("owner", "admin")


def height(role: str | None) -> int:
    """As in the table that people read; not asked of the code under test."""
    return {None: -1, "viewer": 0, "member": 1, "admin": 2, "owner": 3}[role]


class Team(RuleBasedStateMachine):
    """Four people around a workspace that Alice has made; each rule is one of them trying something."""

    made: Any = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.person = {name: User.objects.create(email=f"{name}@machine.example") for name in PEOPLE}
        self.workspace: Workspace = workspaces.create_workspace(name="Machine", owner=self.person["alice"])
        self.makers: dict[object, str] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def standing(self) -> dict[str, str | None]:
        rows = Membership.objects.filter(workspace=self.workspace).values_list("user__email", "role")
        with scopes_disabled():
            found = {email.partition("@")[0]: role for email, role in rows}
        return {name: found.get(name) for name in PEOPLE}

    def attempt(self, act: Callable[[], Any], *, may_lift: Callable[[dict[str, str | None], str, str], bool]) -> Any:
        """Do it, refused or not; whoever is higher afterwards was lifted by somebody who may."""
        before, result = self.standing(), None
        with suppress(PermissionDenied, Refused, Membership.DoesNotExist, invitations.Invalid), transaction.atomic():
            result = act()
        for name, role in self.standing().items():
            if height(role) > height(before[name]):
                assert role
                assert may_lift(before, name, role), f"{name} became {role}"
        return result

    @rule(by=people, person=people, role=roles)
    def change_role(self, by: str, person: str, role: str) -> None:
        def may(before: dict[str, str | None], who: str, to: str) -> bool:
            return who == person and by != who and before[by] in MANAGERS and height(before[by]) >= height(to)

        self.attempt(
            lambda: members.change_role(
                workspace=self.workspace, actor=self.person[by], person=self.person[person], role=role
            ),
            may_lift=may,
        )

    @rule(by=people, person=people)
    def remove(self, by: str, person: str) -> None:
        before = self.standing()
        self.attempt(
            lambda: members.remove(workspace=self.workspace, actor=self.person[by], person=self.person[person]),
            may_lift=lambda *_: False,
        )
        if before[person] and not self.standing()[person]:
            assert before[by] in MANAGERS and height(before[by]) >= height(before[person])

    @rule(person=people)
    def leave(self, person: str) -> None:
        self.attempt(
            lambda: members.leave(workspace=self.workspace, person=self.person[person]), may_lift=lambda *_: False
        )

    @rule(by=people, person=people)
    def transfer(self, by: str, person: str) -> None:
        self.attempt(
            lambda: members.transfer(workspace=self.workspace, actor=self.person[by], person=self.person[person]),
            may_lift=lambda before, who, _: who == person and before[by] == "owner",
        )

    @rule(target=made, by=people, role=roles, uses=st.sampled_from([1, None]))
    def invite(self, by: str, role: str, uses: int | None) -> Any:
        made = self.attempt(
            lambda: invitations.by_link(workspace=self.workspace, actor=self.person[by], role=role, max_uses=uses),
            may_lift=lambda *_: False,
        )
        if made is None:
            return multiple()
        self.makers[made[0].pk] = by
        return made

    @rule(invitation=made, person=people)
    def accept(self, invitation: tuple[Invitation, str], person: str) -> None:
        row, token = invitation
        maker = self.makers[row.pk]

        def may(before: dict[str, str | None], who: str, to: str) -> bool:
            return (
                who == person and before[maker] in MANAGERS and height(before[maker]) >= height(to) == height(row.role)
            )

        self.attempt(
            lambda: invitations.accept(invitation=invitations.of_token(token), person=self.person[person]), may_lift=may
        )

    @rule(invitation=made, by=people)
    def revoke(self, invitation: tuple[Invitation, str], by: str) -> None:
        self.attempt(
            lambda: invitations.revoke(workspace=self.workspace, actor=self.person[by], id=invitation[0].pk),
            may_lift=lambda *_: False,
        )

    @invariant()
    def there_is_an_owner(self) -> None:
        assert "owner" in self.standing().values()


@pytest.mark.django_db
def test_there_is_always_an_owner_and_nobody_lifts_themselves() -> None:
    run_state_machine_as_test(
        Team,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
