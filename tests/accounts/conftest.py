"""Accounts whose address is proved, and browsers whose owner has just shown who they are."""

from collections.abc import Callable

import pytest


@pytest.fixture
def prove() -> Callable:
    """`prove(alice)`: her address is confirmed."""
    from allauth.account.models import EmailAddress

    def mark(user) -> None:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    return mark


@pytest.fixture
def make_role(workspace) -> Callable:
    """`make_role(bob, "owner")` is what Bob is from now on in Alice's workspace."""
    from django_scopes import scope

    from accounts.models import Membership

    def change(user, role: str) -> None:
        with scope(workspace=workspace):
            Membership.objects.filter(workspace=workspace, user=user).update(role=role)

    return change


@pytest.fixture
def fresh(client_of: Callable, password: str) -> Callable:
    """`fresh(alice)` is a browser in which Alice has just typed her password once more."""

    def show(user):
        client = client_of(user)
        client.post("/accounts/reauthenticate/", {"password": password})
        return client

    return show
