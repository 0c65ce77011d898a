import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(
        User.objects.create_superuser("staff@example.org"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


MODELS = ["billing/account", "billing/posting", "billing/stripeevent", "generation/generation", "generation/picture"]


@pytest.mark.parametrize("model", MODELS)
def test_it_shows_and_changes_nothing(staff: Client, api_key: str, model: str) -> None:
    assert staff.get(f"/admin/{model}/").status_code == 200
    assert staff.get(f"/admin/{model}/add/").status_code == 403
