"""Providers are there when their keys are, and only then."""

import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.adapter import SocialAdapter
from accounts.models import User
from tests.live import ROOT

GOOGLE = {"GOOGLE_CLIENT_ID": "id", "GOOGLE_CLIENT_SECRET": "secret"}
OIDC = {
    "OIDC_CLIENT_ID": "id",
    "OIDC_CLIENT_SECRET": "s",
    "OIDC_SERVER_URL": "https://sso.example/x",
    "OIDC_NAME": "Staff",
}
SHOW = """
import django; django.setup()
from django.test import Client
from django.conf import settings
page = Client(headers={"host": "localhost"}).get("/accounts/signup/").content.decode()
allowed = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
there = Client(headers={"host": "localhost"}).post("/accounts/google/login/?process=login")
assert there.headers["Location"].startswith("https://accounts.google.com/"), there.headers
print("Go on with Google" in page, "Go on with Staff" in page, allowed)
"""

# What comes back from the provider, up to the newcomer's workspace; then undone.
COME_BACK = """
import django; django.setup()
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import transaction
from django.test import RequestFactory
from accounts.models import User
from accounts.services import workspaces
request = RequestFactory(headers={"host": "localhost"}).get("/")
request.user = AnonymousUser()
for middleware in (SessionMiddleware, MessageMiddleware):
    middleware(lambda _: None).process_request(request)
said = {"sub": "1", "email": "eve@example.org", "email_verified": True, "given_name": "Eve"}
with transaction.atomic(), context.request_context(request):
    login = get_adapter().get_provider(request, "google").sociallogin_from_response(request, said)
    complete_social_login(request, login)
    eve = User.objects.get()
    own = workspaces.for_user(eve)[0]
    print(eve.display_name, eve.has_proved("eve@example.org"), own.is_personal, request.user == eve)
    transaction.set_rollback(True)
"""


def run(code: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=False, cwd=ROOT, env=os.environ | env, text=True, capture_output=True)


def database() -> dict[str, str]:
    there = connection.settings_dict
    return {"DATABASE_URL": f"postgresql:///{there['NAME']}?host={there['HOST']}&user={there['USER']}"}


def test_it_offers_none_without_keys(db: None, alice: User, client_of: Callable) -> None:
    assert b"Go on with" not in Client().get("/accounts/login/").content
    assert Client().get("/accounts/google/login/").status_code == 404
    assert b"Connections" not in client_of(alice).get("/account/profile").content


def test_it_offers_those_that_have_keys(db: None) -> None:
    done = run(SHOW, GOOGLE | OIDC | database())
    said = done.stdout.split("\n")[-2] if done.stdout else done.stderr
    assert said.startswith("True True"), done.stderr
    assert "https://accounts.google.com" in said
    assert "https://sso.example" in said


def test_it_makes_a_newcomer_of_whom_the_provider_knows(db: None) -> None:
    done = run(COME_BACK, GOOGLE | database())
    assert done.stdout.splitlines()[-1:] == ["Eve True True True"], done.stderr[-2000:]


def test_it_connects_nothing_to_a_mere_claim(alice: User, prove: Callable) -> None:
    request = RequestFactory().get("/")
    request.user = alice
    for middleware in (SessionMiddleware, MessageMiddleware):
        middleware(lambda _: HttpResponse()).process_request(request)
    login = SimpleNamespace(state={"process": "connect"})
    with pytest.raises(ImmediateHttpResponse):
        SocialAdapter().pre_social_login(request, login)
    prove(alice)
    SocialAdapter().pre_social_login(request, login)


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"GITHUB_CLIENT_ID": "id"}, "GITHUB_CLIENT_SECRET"),
        (OIDC | {"OIDC_SERVER_URL": "sso"}, "OIDC_SERVER_URL"),
    ],
)
def test_it_names_a_variable_that_is_wrong(env: dict[str, str], named: str) -> None:
    done = run("import aurora_site.social", env)
    assert done.returncode == 1
    assert named in done.stderr.splitlines()[-1]
