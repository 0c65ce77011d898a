"""Joining by e-mail domain: for confirmed addresses of the domain that an admin has opened the workspace to."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from accounts.permissions import Role, role_of
from accounts.services import joining, workspaces
from accounts.services.rights import Refused

Confirm = Callable[..., None]


@pytest.fixture
def open_door(workspace: Workspace, alice: User, confirm: Confirm) -> Workspace:
    confirm(alice)
    return joining.allow(workspace=workspace, actor=alice, domain="@Example.org")


def test_people_of_the_domain_join_as_members(
    open_door: Workspace, charlie: User, confirm: Confirm, client_of: Callable[[User], Client]
) -> None:
    client, url = client_of(charlie), reverse("accounts:join", args=[open_door.pk])
    assert client.post(url).status_code == 404, "not confirmed yet"
    confirm(charlie)
    assert "Workspaces you can join" in client.get(reverse("accounts:workspaces")).content.decode()
    assert client.post(url).status_code == 302
    assert role_of(charlie, open_door) == Role.MEMBER
    assert joining.offers(charlie) == []


def test_others_are_told_nothing(
    open_door: Workspace, charlie: User, confirm: Confirm, client_of: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=charlie.pk).update(email="charlie@elsewhere.example")
    confirm(charlie, "charlie@elsewhere.example")
    client = client_of(charlie)
    assert joining.offers(charlie) == []
    for pk in (open_door.pk, uuid4()):
        assert client.post(reverse("accounts:join", args=[pk])).status_code == 404


def test_joining_lowers_and_lifts_nobody(open_door: Workspace, alice: User) -> None:
    joining.join(person=alice, id=open_door.pk)
    assert role_of(alice, open_door) == Role.OWNER


def test_a_closed_door_is_closed(open_door: Workspace, alice: User, charlie: User, confirm: Confirm) -> None:
    confirm(charlie)
    joining.allow(workspace=open_door, actor=alice, domain="")
    with pytest.raises(Workspace.DoesNotExist):
        joining.join(person=charlie, id=open_door.pk)


@pytest.mark.parametrize("domain", ["gmail.com", "yahoo.co.uk", "GMX.de", "naver.com"])
def test_public_domains_are_refused(domain: str, workspace: Workspace, alice: User, confirm: Confirm) -> None:
    confirm(alice, f"alice@{domain.lower()}")
    with pytest.raises(Refused, match="Everybody"):
        joining.allow(workspace=workspace, actor=alice, domain=domain)


def test_an_admin_opens_only_to_their_own_confirmed_domain(
    workspace: Workspace, alice: User, bob: User, client_of: Callable[[User], Client]
) -> None:
    url = reverse("accounts:join_domain", args=["atelier"])
    for domain in ("example.org", "other.example", "no domain", "a" * 300):
        answer = client_of(alice).post(url, {"domain": domain})
        assert answer.status_code == 422
        assert "errorlist" in answer.content.decode()
    with pytest.raises(PermissionDenied):
        joining.allow(workspace=workspace, actor=bob, domain="")


def test_a_personal_workspace_is_opened_to_nobody(alice: User, confirm: Confirm) -> None:
    confirm(alice)
    with pytest.raises(Refused, match="one person"):
        joining.allow(workspace=workspaces.personal(alice), actor=alice, domain="example.org")
