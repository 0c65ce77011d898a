"""Staff of every role, each in a browser of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.staff_ops.desk import open_session


@pytest.fixture
def staff_of(db: None) -> Callable[..., Any]:
    """`staff_of("finance")` is somebody of the staff; `staff_of("")` a superuser."""
    from accounts.models import User

    def make(role: str, name: str = "") -> Any:
        email = f"{name or role or 'root'}@staff.example.org"
        if not role:
            return User.objects.create_superuser(email)
        return User.objects.create_user(email, is_staff=True, staff_role=role)

    return make


@pytest.fixture
def desk_of(staff_of: Callable[..., Any], client_of: Callable[[Any], Client]) -> Callable[..., Client]:
    """`desk_of("finance")` is the browser of one, in which the panel is open."""

    def open_desk(role: str, name: str = "") -> Any:
        person = staff_of(role, name)
        browser = client_of(person)
        open_session(browser, person)
        return browser

    return open_desk
