"""The world of the tests: real servers in a temporary folder, and Alice, Bob and Charlie.

Alice owns a workspace, Bob is a member of it, Charlie is a stranger who must see nothing.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import django
import pytest

from aurora_site.servers import Postgres, Servers
from tests import live as live_site
from tests.fakestripe.control import Fake

# Before the settings are read: they take the places of the servers from AURORA_VAR.
VAR = Path(tempfile.mkdtemp(prefix="aurora-test-"))
for name in [
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "S3_BUCKET",
    "S3_ENDPOINT_URL",
    "AURORA_MODEL",
    "AURORA_WEIGHTS",
    "BASE_URL",
    "PORT",
    "HOST",
    "GOOGLE_CLIENT_ID",
    "GITHUB_CLIENT_ID",
    "OIDC_CLIENT_ID",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_API_BASE",
    "STRIPE_PAGES",
    "STRIPE_FAKE_PORT",
]:
    os.environ.pop(name, None)
os.environ |= {"AURORA_VAR": str(VAR), "DJANGO_SETTINGS_MODULE": "aurora_site.settings", "STATIC_FROM_SOURCES": "1"}

SERVERS = Servers(VAR)

PASSWORD = "correct horse battery"


def pytest_configure(config: pytest.Config) -> None:
    if _only_hands_out_tests(config):
        for name in ("AURORA_VAR", "DJANGO_SETTINGS_MODULE"):
            os.environ.pop(name)  # or the others read the settings before this file gives them a folder of their own
        return
    SERVERS.start()
    with postgres().connect() as connection:
        # The test database is made by the application's own role, which has no such right otherwise.
        connection.execute("alter role aurora createdb")
        connection.execute("grant set on parameter session_replication_role to aurora")
    django.setup()
    _empty_tables_row_by_row()


def _empty_tables_row_by_row() -> None:
    """After a test with commits that are real. TRUNCATE makes 300 files anew, 0.12 s; a few rows are gone in 0.01 s.

    The audit trail and the ledger refuse deletion by triggers, which a replica does not run.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(operations: Any, style: Any, tables: list[str], **_: Any) -> list[str]:
        rows = [f"delete from {operations.quote_name(table)}" for table in tables]
        return ["; ".join(["set local session_replication_role = replica", "set local app.workspace = '*'", *rows])]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign,assignment]


def _only_hands_out_tests(config: pytest.Config) -> bool:
    """Of several processes (`-n 2`) each has servers of its own; the one that starts them runs no test."""
    return bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")


def pytest_unconfigure(config: pytest.Config) -> None:
    SERVERS.stop()
    shutil.rmtree(VAR, ignore_errors=True)
    shutil.rmtree(SERVERS.layout.sockets, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that was skipped was not run, and what was not run has failed."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which is an error in CI: {report.longrepr}"
    return report


def postgres() -> Postgres:
    server = SERVERS.running["postgres"]
    assert isinstance(server, Postgres)
    return server


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A slow hash is the point in production and only slow here."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _empty_valkey() -> Iterator[None]:
    """No test finds the rate limits, streams or queue of another."""
    import redis

    yield
    with redis.Redis(unix_socket_path=str(SERVERS.layout.valkey_socket)) as client:
        for number in (0, 1):
            client.select(number)
            client.flushdb()


@pytest.fixture(autouse=True)
def _slow_to_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page remembers for seconds it remembers for a whole test: queries are counted, on slow machines too."""
    for module in ("switches", "announcements"):
        monkeypatch.setattr(f"accounts.services.{module}.SECONDS", 3600)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live_site.Site]:
    """The real site: uvicorn, model worker and beat, started once for all tests that ask for it."""
    var = tmp_path_factory.mktemp("live")
    site = live_site.start(var=var, postgres=postgres(), valkey_socket=SERVERS.layout.valkey_socket)
    yield site
    site.stop()


@pytest.fixture(scope="session")
def watched() -> None:
    """Queries in a loop are errors inside `zeal_context`. Once a process: what is watched twice is counted twice."""
    import zeal.patch
    from django.apps import apps
    from django.db.models import QuerySet
    from zeal.constants import initialize_app_registry

    if not apps.is_installed("zeal") and "zeal" not in QuerySet.get.__code__.co_filename:
        initialize_app_registry()
        zeal.patch.patch()
        zeal.patch.patch = lambda: None


@pytest.fixture
def password() -> str:
    return PASSWORD


def _user(name: str):
    from accounts.services import users

    return users.create_user(email=f"{name}@example.org", password=PASSWORD, display_name=name.title())


@pytest.fixture
def alice(db: None):
    return _user("alice")


@pytest.fixture
def bob(db: None):
    return _user("bob")


@pytest.fixture
def charlie(db: None):
    return _user("charlie")


@pytest.fixture
def workspace(alice, bob):
    """Alice owns it, Bob is a member."""
    from django_scopes import scope

    from accounts.models import Membership
    from accounts.services import workspaces

    made = workspaces.create_workspace(name="Atelier", owner=alice)
    with scope(workspace=made):
        Membership.objects.create(workspace=made, user=bob, role=Membership.Role.MEMBER)
    return made


@pytest.fixture
def client_of() -> Callable:
    """`client_of(alice)` is a browser in which Alice has logged in; one of staff has a staff session open, too."""
    from django.test import Client

    from tests.staff_ops.desk import open_session

    def log_in(user) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if user.is_staff:
            open_session(client, user)
        return client

    return log_in


@pytest.fixture
def fresh(client_of: Callable, password: str) -> Callable:
    """`fresh(alice)` is a browser in which Alice has just typed her password once more."""

    def show(user):
        client = client_of(user)
        client.post("/accounts/reauthenticate/", {"password": password})
        return client

    return show


@pytest.fixture(scope="session")
def _stripe() -> Iterator[Fake]:
    with Fake.start() as fake:
        yield fake


@pytest.fixture
def fake(_stripe: Fake, settings) -> Fake:
    """A Stripe that knows nothing yet, at which the site pays. Its webhooks wait until `fake.take()`."""
    _stripe.reset()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = _stripe.key, _stripe.secret
    settings.STRIPE_API_BASE = settings.STRIPE_PAGES = _stripe.url
    settings.STRIPE_TEST_MODE = True
    return _stripe


@pytest.fixture
def body_of() -> Callable[[Any], bytes]:
    """`body_of(answer)` is all of an answer that is sent bit by bit."""
    from asgiref.sync import async_to_sync

    async def read(answer: Any) -> bytes:
        return b"".join([chunk async for chunk in answer])

    return async_to_sync(read)


@pytest.fixture
def api_key(workspace, alice) -> str:
    """The key itself, as a developer holds it."""
    from accounts.services import api_keys

    return api_keys.create(workspace=workspace, name="Tests", created_by=alice)[1]


@pytest.fixture
def grant(workspace, alice) -> Callable[[str], None]:
    """`grant("super")` gives Alice's workspace the plan for an hour."""
    from datetime import timedelta

    from django.utils import timezone
    from django_scopes import scope

    from billing.models import PlanGrant

    def give(plan: str) -> None:
        ends_at = timezone.now() + timedelta(hours=1)
        with scope(workspace=workspace):
            PlanGrant.objects.create(workspace=workspace, plan=plan, reason="test", granted_by=alice, ends_at=ends_at)

    return give
