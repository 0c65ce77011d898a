"""More people around Alice's workspace, addresses that are proved, and browsers that have just shown who they are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope


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
def join(workspace) -> Callable:
    """`join("vera", "viewer")` is a new person in Alice's workspace."""
    from accounts.models import Membership
    from accounts.services import users

    def come(name: str, role: str):
        person = users.create_user(email=f"{name}@example.org", display_name=name.title())
        with scope(workspace=workspace):
            Membership.objects.create(workspace=workspace, user=person, role=role)
        return person

    return come


@pytest.fixture
def confirm() -> Callable[..., None]:
    """`confirm(bob)`: Bob has shown that the address is his; `confirm(bob, "b@work.example")` another one."""
    from allauth.account.models import EmailAddress

    def show(person, email: str = "") -> None:
        address = email or person.email
        EmailAddress.objects.update_or_create(user=person, email=address, defaults={"verified": True})

    return show


@pytest.fixture
def run(db: None, django_capture_on_commit_callbacks: Callable[..., Any]) -> Callable[..., None]:
    """Run something, with what follows its commit."""

    def call(task: Callable[..., Any], **values: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            task(**values)

    return call


@pytest.fixture
def over(run: Callable[..., None]) -> Callable[[], None]:
    """The grace of all that is to be deleted is over, and beat comes round until nothing is left to do."""
    from accounts import tasks
    from accounts.models import User, Workspace

    def pass_time() -> None:
        past = timezone.now() - timedelta(minutes=1)
        User.objects.filter(deletion_due_at__isnull=False).update(deletion_due_at=past)
        Workspace.objects.filter(deletion_due_at__isnull=False).update(deletion_due_at=past)
        for _ in range(5):
            run(tasks.erase)

    return pass_time
