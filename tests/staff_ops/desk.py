"""Lets somebody of the staff into the panel, in a test's own browser or in a real one."""

import json
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
    """A second step, and a staff session with a reason."""
    from allauth.mfa.models import Authenticator

    from accounts.services import staff_sessions
    from accounts.staff_door import KEY

    Authenticator.objects.get_or_create(user=person, type="totp", defaults={"data": {}})
    session = browser.session
    session[KEY] = str(staff_sessions.begin(person=person, reason="A test").pk)
    session.save()


def cookies(live: Any, *people: tuple[str, str]) -> list[str]:
    """The sessions of new people of the staff at the live site."""
    said = live.manage("shell", "--no-imports", "-v", "0", "-c", PROGRAM.format(people=list(people)))
    found: list[str] = json.loads(said.splitlines()[-1])
    return found
