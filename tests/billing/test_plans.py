from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from accounts.models import User, Workspace
from accounts.services import workspaces
from billing.models import PlanGrant
from billing.plans import FREE, PLANS, plan_of, plans_with

HOUR = timedelta(hours=1)
ADD = "/admin/billing/plangrant/add/"


def grant(workspace: Workspace, by: User, plan: str, *, begun: timedelta = HOUR, ends: timedelta = HOUR) -> PlanGrant:
    now = timezone.now()
    return PlanGrant.objects.create(
        workspace=workspace, plan=plan, reason="a gift", granted_by=by, created_at=now - begun, ends_at=now + ends
    )


def test_it_is_free_without_a_grant(purse: Workspace) -> None:
    assert plan_of(purse) is FREE
    assert "pro" not in FREE.modes


def test_it_is_the_granted_plan_until_the_grant_ends(purse: Workspace, alice: User) -> None:
    given = grant(purse, alice, "super")
    assert plan_of(purse) is PLANS["super"]
    PlanGrant.objects.filter(pk=given.pk).update(ends_at=timezone.now())
    assert plan_of(purse) is FREE


def test_it_is_the_best_of_several(purse: Workspace, alice: User) -> None:
    for plan in ("super", "team", "super"):
        grant(purse, alice, plan)
    assert plan_of(purse) == PLANS["team"]
    assert plan_of(purse).seats == 2, "of a plan that was given, as many as members"


def test_it_is_of_one_workspace_alone(purse: Workspace, alice: User, charlie: User) -> None:
    grant(purse, alice, "team")
    his = workspaces.personal(charlie)
    with scope(workspace=his):
        assert plan_of(his) is FREE
        assert plan_of(purse) is FREE


def test_it_is_closed_without_a_scope(workspace: Workspace) -> None:
    with pytest.raises(ScopeError):
        plan_of(workspace)


def test_it_ends_after_it_began(purse: Workspace, alice: User) -> None:
    with pytest.raises(IntegrityError, match="grant_ends_after"):
        grant(purse, alice, "team", ends=-2 * HOUR)


def test_it_has_a_plan_for_everything_that_can_be_granted() -> None:
    assert set(PlanGrant.Plan.values) == set(PLANS) - {FREE.name}


def test_it_makes_each_plan_at_least_as_good_as_the_one_before() -> None:
    for lesser, better in pairwise(PLANS.values()):
        for what in ("modes", "weight", "running", "queued"):
            assert getattr(lesser, what) <= getattr(better, what)
    assert [plan.label for plan in plans_with("pro")] == ["Super", "Team"]


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@example.org")


@pytest.fixture
def desk(staff: User, client_of: Any) -> Client:
    client: Client = client_of(staff)
    return client


def form(workspace: Workspace) -> dict[str, Any]:
    tomorrow = timezone.now() + timedelta(days=1)
    when = {"ends_at_0": tomorrow.strftime("%Y-%m-%d"), "ends_at_1": tomorrow.strftime("%H:%M:%S")}
    return {"workspace": str(workspace.pk), "plan": "super", "reason": "press"} | when


def test_it_lets_staff_grant_a_plan_and_notes_who(desk: Client, staff: User, workspace: Workspace) -> None:
    assert desk.post(ADD, form(workspace)).status_code == 302
    with scope(workspace=workspace):
        assert plan_of(workspace) is PLANS["super"]
        assert PlanGrant.objects.get().granted_by == staff
    assert desk.get("/admin/billing/plangrant/").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"plan": "free"}, {"ends_at_0": "2001-01-01"}, {"ends_at_0": "soon"}, {"workspace": ""}]
)
def test_it_tells_staff_what_is_wrong(wrong: dict[str, str], desk: Client, workspace: Workspace) -> None:
    answer = desk.post(ADD, form(workspace) | wrong)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    with scopes_disabled():
        assert not PlanGrant.objects.exists()


def test_it_lets_staff_end_a_grant_and_changes_nothing_else(desk: Client, workspace: Workspace, alice: User) -> None:
    with scope(workspace=workspace):
        given = grant(workspace, alice, "team")
    url = f"/admin/billing/plangrant/{given.pk}/change/"
    past = timezone.now() - timedelta(minutes=1)
    ended = {"ends_at_0": past.strftime("%Y-%m-%d"), "ends_at_1": past.strftime("%H:%M:%S")}
    assert desk.post(url, form(workspace) | ended).status_code == 302
    with scope(workspace=workspace):
        assert plan_of(workspace) is FREE
        kept = PlanGrant.objects.get()
    assert (kept.plan, kept.reason, kept.granted_by) == ("team", "a gift", alice)
    assert desk.post(f"/admin/billing/plangrant/{given.pk}/delete/", {"post": "yes"}).status_code == 403
