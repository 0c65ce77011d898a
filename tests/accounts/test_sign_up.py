"""Signing up, logging in and out, as a browser does it."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.services import workspaces

FORM = {"email": "Dora@Example.org", "password1": "correct horse battery"}


def sign_up(client: Client, **fields: str) -> Any:
    return client.post("/accounts/signup/", FORM | fields)


def test_it_makes_a_personal_workspace(db: None) -> None:
    assert sign_up(Client()).status_code == 302
    with scopes_disabled():
        membership = Membership.objects.select_related("workspace").get(user__email="dora@example.org")
    assert membership.role == Membership.Role.OWNER
    assert membership.workspace.is_personal
    assert membership.workspace.slug.startswith("dora-")


def test_it_logs_the_newcomer_in(db: None) -> None:
    browser = Client()
    sign_up(browser)
    slug = Workspace.objects.get().slug
    assert browser.get(f"/w/{slug}/create").status_code == 200


def test_it_sends_a_letter_to_confirm_the_address(db: None) -> None:
    sign_up(Client())
    assert mail.outbox[0].to == ["dora@example.org"]


def test_it_keeps_mail_in_files_unless_a_server_is_named() -> None:
    assert settings.EMAIL_FILE_PATH == Path(settings.AURORA_VAR) / "mail"


@pytest.mark.parametrize(
    "fields", [{"email": "not an address"}, {"email": ""}, {"password1": "short"}, {"password1": "password123"}]
)
def test_it_refuses_bad_input_beside_the_field(db: None, fields: dict[str, str]) -> None:
    answer = sign_up(Client(), **fields)
    assert answer.status_code == 200
    assert next(iter(fields)) in answer.context["form"].errors
    assert not User.objects.exists()


def test_it_makes_neither_user_nor_workspace_when_one_fails(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(user: User, **_: Any) -> None:
        raise RuntimeError("no workspace today")

    monkeypatch.setattr(workspaces, "personal", fail)
    with pytest.raises(RuntimeError):
        sign_up(Client())
    assert not User.objects.exists()


def test_it_logs_in_and_out(alice: User, password: str) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": "alice@example.org", "password": password})
    assert browser.session["_auth_user_id"] == str(alice.pk)
    browser.post("/accounts/logout/")
    assert "_auth_user_id" not in browser.session


def test_it_says_the_same_of_a_wrong_password_and_an_unknown_address(alice: User) -> None:
    def error_for(address: str) -> str:
        answer = Client().post("/accounts/login/", {"login": address, "password": "wrong horse"})
        return str(answer.context["form"].non_field_errors())

    assert error_for("alice@example.org") == error_for("nobody@example.org")


def test_it_slows_down_who_guesses(alice: User) -> None:
    form = {"login": "alice@example.org", "password": "wrong horse"}
    errors = [Client().post("/accounts/login/", form).context["form"].non_field_errors() for _ in range(6)]
    assert "Too many" in str(errors[-1])
