"""Providers are there when their keys are, and only then."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

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
print("Go on with Google" in page, "Go on with Staff" in page, allowed)
"""


def run(code: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=False, cwd=ROOT, env=os.environ | env, text=True, capture_output=True)


def test_it_offers_none_without_keys(db: None, alice: User, client_of: Callable) -> None:
    assert b"Go on with" not in Client().get("/accounts/login/").content
    assert Client().get("/accounts/google/login/").status_code == 404
    assert b"Connections" not in client_of(alice).get("/account/profile").content


def test_it_offers_those_that_have_keys(db: None) -> None:
    there = connection.settings_dict
    database = {"DATABASE_URL": f"postgresql:///{there['NAME']}?host={there['HOST']}&user={there['USER']}"}
    done = run(SHOW, GOOGLE | OIDC | database)
    said = done.stdout.split("\n")[-2] if done.stdout else done.stderr
    assert said.startswith("True True"), done.stderr
    assert "https://accounts.google.com" in said
    assert "https://sso.example" in said


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
