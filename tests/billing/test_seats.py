from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from accounts.models import Membership
from accounts.services import invitations, joining, members, users
from accounts.services.rights import Refused
from billing.models import Subscription
from billing.services import reconcile, seats
from tests.billing.conftest import plan_of
from tests.fakestripe.control import Fake


def person(number: int) -> Any:
    return users.create_user(email=f"p{number}@example.org", password="x", display_name=f"P{number}")


def add(workspace, number: int, role: str = "member") -> Any:
    made = person(number)
    with scope(workspace=workspace):
        Membership.objects.create(workspace=workspace, user=made, role=role)
    return made


def bought(workspace) -> int:
    with scopes_disabled():
        return Subscription.objects.get(workspace=workspace, status="active").seats


def test_it_follows_who_comes_and_goes(workspace, alice, bob, stripe: Fake, buy) -> None:
    buy(workspace, alice, "team")
    assert bought(workspace) == 2
    _, token = invitations.by_link(workspace=workspace, actor=alice, role="member")
    invitations.accept(invitation=invitations.of_token(token), person=person(1))
    assert seats.follow(workspace) == 3
    assert seats.follow(workspace) is None
    assert bought(workspace) == 3
    assert plan_of(workspace).daily_of("pro") == 300
    members.remove(workspace=workspace, actor=alice, person=bob)
    assert seats.follow(workspace) == 2
    assert stripe.client().v1.subscriptions.list().data[0].items.data[0].quantity == 2
    assert plan_of(workspace).seats == 2


def test_it_asks_for_it_after_each_change(
    workspace, alice, bob, stripe, buy, sent, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        members.remove(workspace=workspace, actor=alice, person=bob)
    assert sent == [(seats.TASK, (str(workspace.pk),))]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The task messages."""
    from celery import current_app

    found: list[tuple[str, Any]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: found.append((name, args)))
    return found


def test_it_is_put_right_at_night(workspace, alice, stripe: Fake, buy) -> None:
    buy(workspace, alice, "team")
    add(workspace, 1)
    assert f"{workspace.slug}: the number of seats was wrong; it is 3 now." in reconcile.run()
    assert bought(workspace) == 3
    assert not [one for one in reconcile.run() if "had not arrived" not in one], "the change was our own"


def test_it_holds_five_for_nothing(workspace, alice, client_of) -> None:
    for number in range(3):
        _, token = invitations.by_link(workspace=workspace, actor=alice, role="member")
        invitations.accept(invitation=invitations.of_token(token), person=person(number))
    with pytest.raises(Refused, match=r"5 members, and the plan Free holds 5\. Change to Team under Billing"):
        invitations.by_link(workspace=workspace, actor=alice, role="member")


def test_it_says_on_the_invitation_that_there_is_no_room(workspace, alice, client_of) -> None:
    _, token = invitations.by_link(workspace=workspace, actor=alice, role="member")
    for number in range(3):
        add(workspace, number)
    late = person(9)
    answer = client_of(late).post(f"/invite/{token}")
    assert answer.status_code == 409
    assert "There is no room in this workspace now" in answer.content.decode()
    assert seats.members(workspace) == 5
    assert invitations.of_token(token).uses == 0


def test_it_keeps_people_of_a_domain_out_of_a_full_workspace(workspace, alice, client_of, monkeypatch) -> None:
    for number in range(3):
        add(workspace, number)
    late = person(9)
    monkeypatch.setattr(joining, "_domains", lambda _: {"example.org"})
    type(workspace).objects.filter(pk=workspace.pk).update(join_domain="example.org")
    answer = client_of(late).post(f"/workspaces/{workspace.pk}/join", follow=True)
    assert "There is no room in this workspace now" in answer.content.decode()
    assert seats.members(workspace) == 5


def test_it_keeps_super_to_one(alone, alice, stripe: Fake, buy) -> None:
    buy(alone, alice)
    type(alone).objects.filter(pk=alone.pk).update(is_personal=False)
    with pytest.raises(Refused, match=r"The plan Super is for one person\. Change to Team"):
        invitations.by_link(workspace=alone, actor=alice, role="member")


def test_it_grows_with_a_granted_team(workspace, alice, grant) -> None:
    grant("team")
    for number in range(4):
        add(workspace, number)
    with scope(workspace=workspace):
        seats.demand_room(workspace)
    assert plan_of(workspace).seats == 6


def test_it_grows_with_granted_members(workspace, alice) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from billing.models import EntitlementGrant

    until = timezone.now() + timedelta(hours=1)
    with scope(workspace=workspace):
        for name, amount in (("members", 20), ("pro", 1), ("storage", 100), ("running", 1), ("quality_a_day", 99)):
            EntitlementGrant.objects.create(workspace=workspace, name=name, amount=amount, reason="test", ends_at=until)
    plan = plan_of(workspace)
    assert (plan.members_total, plan.storage_total, plan.running) == (20, 100_000_000_000, 2)
    assert (plan.daily_of("quality"), plan.daily_of("pro"), "pro" in plan.modes) == (99, 100, True)
    assert (plan.name, plan.daily_of("speed"), plan.video) == ("free", 200, False)


def test_it_asks_once(workspace, alice, django_assert_num_queries, grant, buy) -> None:
    buy(workspace, alice, "team")
    with scope(workspace=workspace), django_assert_num_queries(1):
        from billing.plans import plan_of as ask

        assert ask(workspace).name == "team"
