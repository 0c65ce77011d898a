"""Signing up, logging in and out, as a browser does it."""

from django.test import Client

from accounts.models import Membership


def sign_up(client: Client, **fields: str):
    return client.post(
        "/accounts/signup/", {"email": "dora@example.org", "password1": "correct horse battery", **fields}
    )


def test_it_makes_a_personal_workspace(db: None) -> None:
    response = sign_up(Client())
    assert response.status_code == 302
    membership = Membership.objects.get(user__email="dora@example.org")
    assert membership.role == Membership.Role.OWNER
    assert membership.workspace.is_personal
    assert membership.workspace.slug == "dora"
