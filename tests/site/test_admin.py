"""Staff pages: open to staff, closed to all others, and whole."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.services import workspaces


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@example.org", "correct horse battery")


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_every_list_opens(client_of: Callable[[User], Client], staff: User, api_key: str, model: type) -> None:
    meta = model._meta  # type: ignore[attr-defined]
    answer = client_of(staff).get(f"/admin/{meta.app_label}/{meta.model_name}/")
    assert answer.status_code == 200


def test_it_is_closed_to_users(client_of: Callable[[User], Client], alice: User) -> None:
    assert client_of(alice).get("/admin/accounts/user/").status_code == 302


def test_a_user_made_there_has_a_personal_workspace(client_of: Callable[[User], Client], staff: User) -> None:
    password = "horse battery 9"
    form = {"email": "Eve@example.org", "usable_password": "true", "password1": password, "password2": password}
    assert client_of(staff).post("/admin/accounts/user/add/", form).status_code == 302
    assert [found.is_personal for found in workspaces.for_user(User.objects.get(email="eve@example.org"))] == [True]


def test_a_key_shows_no_secret_and_can_be_ended(client_of: Callable[[User], Client], staff: User, api_key: str) -> None:
    listed = client_of(staff).get("/admin/accounts/apikey/").content.decode()
    assert api_key[9:17] in listed
    assert api_key[18:50] not in listed


def test_staff_log_in_where_everybody_does(db: None, client_of: Callable[[User], Client], alice: User) -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert client_of(alice).get("/admin/login/").status_code == 403


def test_staff_take_nobody_the_last_owner(
    client_of: Callable[[User], Client], staff: User, workspace: Workspace
) -> None:
    desk = client_of(staff)
    with scopes_disabled():
        owner = Membership.objects.get(workspace=workspace, role=Membership.Role.OWNER)
    for page in (f"membership/{owner.pk}", f"user/{owner.user_id}", f"workspace/{workspace.pk}"):
        assert desk.post(f"/admin/accounts/{page}/delete/", {"post": "yes"}).status_code == 403
    assert desk.get(f"/admin/accounts/workspace/{workspace.pk}/change/").status_code == 200
    desk.post(f"/admin/accounts/membership/{owner.pk}/change/", {"role": "viewer"})
    with scopes_disabled():
        assert Membership.objects.get(pk=owner.pk).role == Membership.Role.OWNER
