"""Each role gets where its row of the permission table leads, and nowhere else, by address too."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern

from accounts import staff
from accounts.models import User
from generation.staff.money.urls import urlpatterns as money
from generation.staff.operations.urls import urlpatterns as operations

PLACES = [("money/", one) for one in money] + [("operations/", one) for one in operations]


def address(place: str, pattern: URLPattern) -> str:
    path = str(pattern.pattern)
    values = {"<uuid:pk>": str(uuid.UUID(int=1)), "<int:pk>": "1", "<str:pk>": "evt_1", "<slug:name>": "feeds",
              "<str:name>": "x.log"}  # fmt: skip
    for part, value in values.items():
        path = path.replace(part, value)
    return f"/admin/panel/{place}{path}"


@pytest.mark.parametrize("role", User.StaffRole.values)
def test_it_refuses_what_the_table_does_not_allow(role: str, desk_of: Callable[..., Client], staff_of) -> None:
    desk, person = desk_of(role), staff_of(role, f"{role}-2")
    wrong = {}
    for place, pattern in PLACES:
        needed = pattern.callback.action  # type: ignore[attr-defined]  # said by `needs`
        for ask in (desk.get, desk.post):
            answer = ask(address(place, pattern))
            if (answer.status_code == 403) == staff.may(person, needed) and not _only_reads(ask, desk, answer):
                wrong[pattern.name] = answer.status_code
    assert wrong == {}


def _only_reads(ask: object, desk: Client, answer: object) -> bool:
    """A page that is read by more people than change something on it refuses what is sent."""
    return ask == desk.post and getattr(answer, "status_code", 0) == 403
