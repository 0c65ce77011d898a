"""Lets somebody of the staff into the panel, in a test's own browser or in a real one."""

import json
from importlib.util import find_spec
from typing import Any

from django.test import Client

# Run beside the live site: people of the staff by (name, role), and the cookie of each.
PROGRAM = """
import json
from django.test import Client
from django_scopes import scopes_disabled
from accounts.models import User
from tests.staff_ops.desk import open_session
found = []
with scopes_disabled():
    for name, role in {people!r}:
        person = User.objects.create_user(name + "@staff.example.org", is_staff=True, staff_role=role)
        browser = Client()
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        open_session(browser, person)
        found.append(browser.cookies["session"].value)
print(json.dumps(found))
"""


def open_session(browser: Client, person: Any) -> None:
    """With a second step and a reason, where the panel's door asks for them."""
    if find_spec("accounts.staff_door") is None:
        return
    from allauth.mfa.models import Authenticator

    Authenticator.objects.get_or_create(user=person, type="totp", defaults={"data": {}})
    browser.post("/admin/panel/session", {"reason": "A test"})


def cookies(live: Any, *people: tuple[str, str]) -> list[str]:
    """The sessions of new people of the staff at the live site."""
    said = live.manage("shell", "--no-imports", "-v", "0", "-c", PROGRAM.format(people=list(people)))
    found: list[str] = json.loads(said.splitlines()[-1])
    return found
