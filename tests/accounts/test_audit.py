"""The audit trail: what is written stays written, and those who may read it find what they look for."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User, Workspace
from accounts.services import api_keys, audit, deeds, trail, workspaces

Browser = Callable[[User], Client]
Table = Callable[[Any], list[dict[str, str]]]
URL = "/w/atelier/audit/"


def write(workspace: Workspace, actor: User, count: int, action: str = "member.removed") -> None:
    with scopes_disabled():
        AuditEntry.objects.bulk_create(
            AuditEntry(
                workspace=workspace,
                actor=actor,
                action=action,
                target=f"person {number}",
                created_at=timezone.now() + timedelta(milliseconds=number),
            )
            for number in range(count)
        )


@pytest.fixture
def csv_of(body_of: Callable[[Any], bytes]) -> Callable[[Any], list[dict[str, str]]]:
    return lambda answer: list(csv.DictReader(io.StringIO(body_of(answer).decode())))


@pytest.mark.parametrize(
    "statement",
    [
        "update accounts_auditentry set action = 'x'",
        "update accounts_auditentry set address = null",
        "delete from accounts_auditentry",
        "set local app.may_truncate = off; truncate accounts_auditentry",
        # The setting lets the emptying through and nothing else.
        "set local app.forgetting = on; update accounts_auditentry set action = 'x'",
        "set local app.forgetting = on; update accounts_auditentry set target = 'somebody else'",
        "set local app.forgetting = on; update accounts_auditentry set created_at = now()",
        "set local app.forgetting = on; update accounts_auditentry set address = '10.0.0.1'",
        "set local app.forgetting = on; delete from accounts_auditentry",
    ],
)
def test_it_is_append_only(workspace: Workspace, statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="append-only")
    with scopes_disabled(), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_it_forgets_a_person_and_nobody_else(workspace: Workspace, alice: User, bob: User) -> None:
    where = audit.at(audit.Where(address="10.0.0.9", request_id="r1"))
    audit.record("member.removed", workspace=workspace, actor=alice, target=bob, role="member")
    audit.record("member.removed", workspace=workspace, actor=alice, target="jim+bob@example.org")
    audit.record("email.changed", workspace=workspace, actor=alice, target="x", before="Bob@example.org")
    audit.record("workspace.renamed", workspace=workspace, actor=bob, target="Atelier")
    audit.leave(where)
    with scopes_disabled(), connection.cursor() as cursor:
        cursor.execute("select accounts_audit_forget_person(%s, %s, %s)", [bob.pk, [bob.email], []])
    with scope(workspace=workspace):
        rows = list(AuditEntry.objects.order_by("-id").values_list("target", "address", "request_id", "detail")[:4])
    gone = "a deleted account"
    assert rows == [
        ("Atelier", None, "", {}),
        (gone, "10.0.0.9", "r1", {}),
        ("jim+bob@example.org", "10.0.0.9", "r1", {}),
        (gone, "10.0.0.9", "r1", {}),
    ]


def test_nobody_wipes_the_traces_of_others_by_a_claim(workspace: Workspace, alice: User, charlie: User) -> None:
    audit.record("member.removed", workspace=workspace, actor=alice, target="dora@example.org")
    with scopes_disabled(), connection.cursor() as cursor:
        cursor.execute("select accounts_audit_forget_person(%s, %s, %s)", [charlie.pk, [], ["dora@example.org"]])
        entry = AuditEntry.objects.filter(workspace=workspace).latest("id")
    assert entry.target == "dora@example.org"


def test_services_write_what_they_do(workspace: Workspace, alice: User) -> None:
    api_keys.create(workspace=workspace, name="Shop", created_by=alice)
    found = trail.of_workspace(workspace=workspace, wish=trail.Wish(), limit=10)
    said = [f"{deeds.who(entry)} {deeds.predicate(entry)}" for entry in found]
    assert said[0] == "Alice was given credit of $25.00"
    assert said[1].startswith("Alice made the API key Shop (")
    assert said[2:] == ["Alice added alice@example.org as owner", "Alice made the workspace Atelier"]


@pytest.mark.parametrize(
    ("action", "detail", "said"),
    [
        ("member.added", {"role": "admin"}, "added Bob as admin"),
        ("member.added", {}, "added member: Bob"),
        ("look.painted_over", {"colour": "red"}, "painted over look: Bob"),
        ("odd", {}, "changed odd: Bob"),
    ],
)
def test_every_action_reads_well(action: str, detail: dict[str, str], said: str) -> None:
    assert deeds.predicate(AuditEntry(action=action, target="Bob", detail=detail)) == said


def test_it_tells_who_did_what_from_where(client_of: Browser, workspace: Workspace, alice: User) -> None:
    where = audit.at(audit.Where(actor=alice, address="10.1.2.3"))
    audit.record("look.painted_over", workspace=workspace, target="<b>sky</b>", colour="red")
    audit.leave(where)
    page = client_of(alice).get(URL).content.decode()
    assert "painted over look: &lt;b&gt;sky&lt;/b&gt;" in page
    assert "10.1.2.3" in page
    assert "<dt>colour</dt><dd>red</dd>" in page


def test_it_pages_through_everything_once(client_of: Browser, workspace: Workspace, alice: User) -> None:
    write(workspace, alice, 120)
    browser, url, seen = client_of(alice), URL, list[int]()
    while url:
        answer = browser.get(url)
        seen += [line.entry.pk for line in answer.context["lines"]]
        url = f"{URL}?{answer.context['older']}" if answer.context["older"] else ""
    assert len(seen) == len(set(seen)) == 122
    assert seen[:2] == sorted(seen[:2], reverse=True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("person=BOB", 3),
        ("person=alice", 2),
        ("action=member.removed", 3),
        ("action=member.", 4),
        ("action=workspace.created", 1),
        ("target=person%201", 1),
        ("person=bob&target=person+2", 1),
        ("since=2000-01-01&until=2000-01-02", 0),
        ("since=2000-01-01", 5),
        ("since=&until=&person=", 5),
    ],
)
def test_it_finds(
    client_of: Browser, workspace: Workspace, alice: User, bob: User, csv_of: Table, query: str, count: int
) -> None:
    write(workspace, bob, 3)
    answer = client_of(alice).get(f"{URL}?{query}")
    assert len(answer.context["lines"]) == count
    assert len(csv_of(client_of(alice).get(f"{URL}csv?{query}"))) == count


@pytest.mark.parametrize(
    "query", ["since=soon", "until=2026-13-01", "action=nonsense", "since=2026-02-01&until=2026-01-01"]
)
def test_it_says_what_is_wrong_with_a_search(client_of: Browser, workspace: Workspace, alice: User, query: str) -> None:
    answer = client_of(alice).get(f"{URL}?{query}")
    assert answer.status_code == 200
    assert 'class="errorlist"' in answer.content.decode()
    assert client_of(alice).get(f"{URL}csv?{query}").status_code == 400


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "1e3"])
def test_it_pages_by_no_nonsense(client_of: Browser, workspace: Workspace, alice: User, before: str) -> None:
    assert client_of(alice).get(f"{URL}?before={before}").status_code == 404


def test_its_csv_holds_no_formulas_and_all_entries(
    client_of: Browser, workspace: Workspace, alice: User, csv_of: Table
) -> None:
    write(workspace, alice, 2500)
    audit.record("key.created", workspace=workspace, actor=alice, target='=HYPERLINK("x")')
    rows = csv_of(client_of(alice).get(f"{URL}csv"))
    assert len(rows) == 2503
    assert [row["target"] for row in rows if "HYPERLINK" in row["target"]] == ['\'=HYPERLINK("x")']
    assert {row["email"] for row in rows} == {"alice@example.org"}


@pytest.mark.parametrize("path", [URL, f"{URL}csv", f"{URL}?person=a"])
def test_only_admins_read_it(
    client_of: Browser, workspace: Workspace, bob: User, charlie: User, make_role: Callable[..., None], path: str
) -> None:
    assert client_of(charlie).get(path).status_code == 404
    assert client_of(bob).get(path).status_code == 403
    make_role(bob, "admin")
    assert client_of(bob).get(path).status_code == 200
    assert Client().get(path).status_code == 302
    assert client_of(bob).post(path).status_code == 405


def test_it_shows_nothing_of_another_workspace(client_of: Browser, workspace: Workspace, charlie: User) -> None:
    entry = trail.of_workspace(workspace=workspace, wish=trail.Wish(), limit=1)[0]
    own = workspaces.personal(charlie)
    page = client_of(charlie).get(f"/w/{own.slug}/audit/?before={entry.pk}")
    assert page.context["lines"] == []


def test_one_sees_what_was_done_with_ones_own_account(client_of: Browser, alice: User, charlie: User) -> None:
    audit.record("password.changed", workspace=None, actor=alice, target=alice)
    # What others, or the site, did to it is told by id: an address may be claimed by somebody else.
    audit.record("account.deletion_canceled", workspace=None, target="x", about=str(alice.pk))
    audit.record("email.confirmed", workspace=None, actor=charlie, target=alice.email)
    said = [line.entry.action for line in client_of(alice).get("/account/activity").context["lines"]]
    assert said == ["account.deletion_canceled", "password.changed"]
    assert [line.what for line in client_of(charlie).get("/account/activity").context["lines"]] == [
        "proved the e-mail address alice@example.org"
    ]
    assert Client().get("/account/activity").status_code == 302


def test_staff_can_only_read_it(client_of: Browser, workspace: Workspace) -> None:
    staff = client_of(User.objects.create_superuser("staff@example.org"))
    page = staff.get("/admin/accounts/auditentry/?q=workspace.created").content.decode()
    assert "Atelier" in page
    assert staff.get("/admin/accounts/auditentry/add/").status_code == 403
    with scopes_disabled():
        pk = AuditEntry.objects.first().pk  # type: ignore[union-attr]
    assert staff.post(f"/admin/accounts/auditentry/{pk}/delete/", {"post": "yes"}).status_code == 403
