from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def staff(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(User.objects.create_superuser("staff@example.org"))


MODELS = ["billing/account", "billing/posting", "billing/stripeevent", "generation/generation", "generation/picture"]


@pytest.mark.parametrize("model", MODELS)
def test_it_shows_and_changes_nothing(staff: Client, api_key: str, model: str) -> None:
    assert staff.get(f"/admin/{model}/").status_code == 200
    assert staff.get(f"/admin/{model}/add/").status_code == 403
