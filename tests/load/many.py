"""python -m tests.load.many [users] [generations]: how quickly the staff panel answers over many rows.

Makes a database of its own with 100,000 people, 1,000,000 generations and 3,000,000 ledger rows (tests/load/many.sql),
asks for each page several times in this process, and prints how long processors worked for an answer here and in the
database, how long the quickest, the middle and the slowest took, and how many queries it is made of. On a machine that
does other things, too, the work is what counts. AURORA_VAR keeps the database for another run.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aurora_site.servers import Postgres, Servers

SQL = Path(__file__).with_suffix(".sql")
TIMES = 7


def main() -> int:
    users, generations = (int(given) for given in [*sys.argv[1:], *("100000", "1000000")[len(sys.argv) - 1 :]])
    var = Path(os.environ.get("AURORA_VAR") or tempfile.mkdtemp(prefix="aurora-many-"))
    os.environ |= {"AURORA_VAR": str(var), "DJANGO_SETTINGS_MODULE": "aurora_site.settings", "STATIC_FROM_SOURCES": "1",
                   "LOG_LEVEL": "ERROR"}  # fmt: skip
    servers = Servers(var)
    servers.start()
    try:
        _measure(servers, users, generations)
    finally:
        servers.stop()
    return 0


def _measure(servers: Servers, users: int, generations: int) -> None:
    import django
    from django.core.management import call_command
    from django_scopes import scopes_disabled

    django.setup()
    call_command("migrate", verbosity=0)
    server = servers.running["postgres"]
    assert isinstance(server, Postgres)
    fill(server, users, generations)
    from generation.services import figures

    begun = time.monotonic()
    counted = figures.refresh()
    _say(f"figures: {counted} spans counted in {time.monotonic() - begun:.1f} s")
    while figures.refresh() > 4:
        pass
    with scopes_disabled():
        _ask_all()


def fill(server: Postgres, users: int, generations: int) -> None:
    """The rows, unless they are there."""
    with server.connect("aurora") as connection:
        if connection.execute("select 1 from accounts_user where email like '%@many.example' limit 1").fetchone():
            return
        begun = time.monotonic()
        text = SQL.read_text().replace(":users", str(users)).replace(":generations", str(generations))
        connection.execute(text.encode())
        _say(f"rows: made in {time.monotonic() - begun:.0f} s")


def _ask_all() -> None:
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from accounts.models import User
    from accounts.services import staff_sessions
    from accounts.staff_door import KEY

    person = User.objects.filter(email="root@example.org").first() or User.objects.create_superuser("root@example.org")
    Authenticator.objects.get_or_create(user=person, type="totp", defaults={"data": {}})
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session[KEY] = str(staff_sessions.begin(person=person, reason="Load").pk)
    session.save()
    for place in _places():
        _ask(browser, place)


def _places() -> list[str]:
    from accounts.models import User, Workspace
    from billing.models import Customer
    from generation.models import ApiCall, Generation, Picture

    person = User.objects.get(email="person777@many.example")
    space = Workspace.objects.get(slug="studio-777")
    one = Generation.objects.filter(workspace=space, status="succeeded").order_by("created_at").last()
    picture, call = Picture.objects.filter(workspace=space).first(), ApiCall.objects.first()
    customer = Customer.objects.first()
    assert one and picture and call and customer
    day = f"{one.created_at:%Y-%m-%d}T00:00:00Z"
    asked = [person.email, "person77", "Person777", "Ada", "studio-777", "Number777", "nobody at all", str(picture.pk),
             "k0000777", customer.stripe_id, call.request_id, str(one.pk)]  # fmt: skip
    tables = ["accounts/user", "accounts/workspace", "accounts/membership", "accounts/apikey", "accounts/auditentry",
              "billing/account", "billing/transaction", "billing/posting", "billing/subscription",
              "generation/generation", "generation/picture", "generation/apicall", "generation/storageuse"]  # fmt: skip
    return [
        *(f"panel/?period={period}" for period in ("day", "week", "month")),
        "panel/overview.csv?period=month",
        "panel/search",
        "panel/stuck",
        f"panel/people/{person.pk}",
        f"panel/workspaces/{space.pk}",
        f"panel/generations/{one.pk}",
        *(f"panel/search?q={words}" for words in asked),
        "",
        *(f"{table}/" for table in tables),
        f"generation/generation/?status=failed&mode=speed&created_at__gte={day}",
        "generation/generation/?status__exact=blocked",
        f"billing/transaction/?kind=capture&created_at__gte={day}",
        f"accounts/user/?date_joined__gte={day}",
    ]


def _ask(browser: Any, place: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    took, backend = [], _backend()
    before = time.process_time() + _worked(backend)
    for _ in range(TIMES):
        with CaptureQueriesContext(connection) as queries:
            begun = time.perf_counter()
            answer = browser.get(f"/admin/{place}")
            took.append(1000 * (time.perf_counter() - begun))
    worked = 1000 * (time.process_time() + _worked(backend) - before) / TIMES
    middle, asked = statistics.median(took), f"{len(queries):3} queries"
    _say(f"{worked:5.0f} ms of work, {min(took):5.0f} {middle:5.0f} {max(took):5.0f} ms, {asked} /admin/{place}")
    assert answer.status_code in (200, 302), answer.status_code


def _backend() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _worked(pid: int) -> float:
    """Seconds that a process has had a processor, where the system says so."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
