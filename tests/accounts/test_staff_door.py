"""The door of the admin: a second step, a reason, and an end; and looking at the studio as somebody."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import Client, RequestFactory
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import middleware, staff_door
from accounts.models import AuditEntry, StaffSession, User, Workspace
from accounts.services import audit, helping, staff_matrix, staffing
from accounts.services.rights import Refused

Browser = Callable[[User], Client]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sara(db: None, password: str) -> User:
    """Of support."""
    made = User.objects.create_user("sara@example.org", password)
    staffing.appoint(person=made, role="support", by=None)
    return made


def said(action: str) -> list[str]:
    with scopes_disabled():
        return list(AuditEntry.objects.filter(action=action).values_list("target", flat=True))


def test_the_document_says_what_the_table_says() -> None:
    assert (ROOT / "docs/staff.md").read_text() == staff_matrix.markdown()


def test_it_asks_staff_for_a_second_step_first(sara: User, password: str) -> None:
    browser = Client()
    browser.force_login(sara, backend="django.contrib.auth.backends.ModelBackend")
    for url in ("/admin/", "/admin/panel/", "/admin/accounts/user/", "/admin/nothing/"):
        assert browser.get(url).headers["Location"] == "/accounts/2fa/"


def test_it_opens_with_a_reason_alone(client_of: Browser, sara: User) -> None:
    browser = client_of(sara)
    browser.post("/admin/panel/session/close")
    for url in ("/admin/", "/admin/panel/", "/admin/accounts/user/", "/admin/nothing/"):
        assert browser.get(url).headers["Location"].startswith("/admin/panel/session?next=")
    assert browser.post("/admin/panel/session", {"reason": "  "}).status_code == 422
    opened = browser.post("/admin/panel/session", {"reason": "Ticket 7", "next": "/admin/accounts/user/"})
    assert opened.headers["Location"] == "/admin/accounts/user/"
    assert "Ticket 7" in browser.get("/admin/accounts/user/").content.decode()
    assert said("staff.opened") == ["A test", "Ticket 7"]
    assert said("staff.closed") == ["A test"]


def test_it_leads_nowhere_else(client_of: Browser, sara: User) -> None:
    form = {"reason": "x", "next": "https://elsewhere.example/admin/"}
    assert client_of(sara).post("/admin/panel/session", form).headers["Location"] == "/admin/panel/"


@pytest.mark.parametrize("field", ["seen_at", "ends_at"])
def test_it_closes_by_itself(client_of: Browser, sara: User, field: str) -> None:
    browser = client_of(sara)
    assert browser.get("/admin/panel/").status_code == 200
    StaffSession.objects.update(**{field: timezone.now() - timedelta(minutes=31)})
    assert browser.get("/admin/panel/").status_code == 302
    browser.post("/admin/panel/session", {"reason": "Again"})
    assert said("staff.closed") == ["A test"]


def test_it_closes_with_the_log_out(client_of: Browser, sara: User) -> None:
    client_of(sara).post("/accounts/logout/")
    assert said("staff.closed") == ["A test"]
    assert StaffSession.objects.filter(ended_at=None).count() == 0


def test_a_session_opens_one_browser_alone(client_of: Browser, sara: User) -> None:
    client_of(sara)
    other = Client()
    other.force_login(sara, backend="django.contrib.auth.backends.ModelBackend")
    assert other.get("/admin/panel/").headers["Location"].startswith("/admin/panel/session")


def test_a_command_lets_the_first_one_in(capsys: Any, db: None) -> None:
    call_command("create_staff", "--email", "Olga@example.org")
    olga = User.objects.get(email="olga@example.org")
    assert (olga.is_staff, olga.is_superuser, olga.has_proved(olga.email)) == (True, True, True)
    link = "/accounts/" + capsys.readouterr().out.strip().partition("/accounts/")[2]
    page = Client().get(link, follow=True)
    assert page.context["form"].fields.keys() >= {"password1", "password2"}
    call_command("create_staff", "--email", "olga@example.org", "--role", "none")
    assert capsys.readouterr().out == ""
    olga.refresh_from_db()
    assert not olga.is_staff and not olga.is_superuser


def test_the_command_trusts_no_claim(alice: User) -> None:
    with pytest.raises(CommandError, match="has not proved it"):
        call_command("create_staff", "--email", alice.email)


def test_colleagues_are_helped_by_superusers_alone(client_of: Browser, sara: User, alice: User) -> None:
    other = User.objects.create_user("otto@example.org")
    staffing.appoint(person=other, role="operator", by=None)
    Authenticator.objects.create(user=other, type=Authenticator.Type.TOTP, data={})
    for deed in (helping.reset_second_step, helping.lock, helping.end_sessions):
        with pytest.raises(Refused, match="colleague"):
            deed(person=other, reason="x", by=sara)
    assert client_of(sara).post(f"/admin/panel/people/{alice.pk}/role", {"role": "support"}).status_code == 403
    root = User.objects.create_superuser("root@example.org")
    assert client_of(root).post(f"/admin/panel/people/{alice.pk}/role", {"role": "support"}).status_code == 302
    assert client_of(root).post(f"/admin/panel/people/{root.pk}/role", {"role": ""}).status_code == 422


def test_somebody_locked_is_out(
    client_of: Browser, sara: User, alice: User, django_capture_on_commit_callbacks: Any, mailoutbox: Any
) -> None:
    browser = client_of(alice)
    with django_capture_on_commit_callbacks(execute=True):
        client_of(sara).post(f"/admin/panel/people/{alice.pk}/lock", {"reason": "Stolen card"})
    assert browser.get("/account/profile").status_code == 302
    assert "Stolen card" in mailoutbox[-1].body
    with django_capture_on_commit_callbacks(execute=True):
        client_of(sara).post(f"/admin/panel/people/{alice.pk}/unlock", {"reason": "It was hers"})
    assert client_of(alice).get("/account/profile").status_code == 200


@pytest.fixture
def looking(client_of: Browser, sara: User, alice: User, workspace: Workspace) -> Client:
    """Sara's browser, looking at the studio as Alice."""
    browser = client_of(sara)
    begun = browser.post(f"/admin/panel/people/{alice.pk}/look", {"reason": "She asked"})
    assert browser.get(begun.headers["Location"]).headers["Location"].endswith("/gallery")
    return browser


def test_staff_look_on_and_change_nothing(looking: Client, alice: User, workspace: Workspace) -> None:
    page = looking.get("/w/atelier/gallery")
    assert page.status_code == 200
    assert "You look at this as <strong>alice@example.org" in page.content.decode()
    closed = ["billing/", "billing/credits", "keys/", "settings/", "data/", "audit/", "create", "usage", "developers/"]
    assert {looking.get(f"/w/atelier/{path}").status_code for path in closed} == {403}
    assert looking.get("/account/profile").status_code == looking.get("/accounts/email/").status_code == 403
    for method in (looking.post, looking.put, looking.patch, looking.delete):
        assert method("/w/atelier/gallery").status_code == 403
    assert said("staff.looked") == ["/w/atelier/gallery"]
    assert said("staff.look_began") == ["alice@example.org"]
    looking.post("/admin/panel/looking/end")
    assert said("staff.look_ended") == ["alice@example.org"]
    assert looking.get("/w/atelier/gallery").status_code == 404


def test_the_person_reads_who_looked(looking: Client, client_of: Browser, alice: User) -> None:
    looking.get("/w/atelier/gallery")
    shown = client_of(alice).get("/account/activity").content.decode()
    assert "looked at the page /w/atelier/gallery" in shown


def test_what_is_private_takes_consent(looking: Client, client_of: Browser, alice: User) -> None:
    assert looking.get("/w/atelier/create").status_code == 403
    client_of(alice).post("/account/data/support", {"on": "1"})
    assert looking.get("/w/atelier/create").status_code == 200
    assert looking.get("/w/atelier/billing/").status_code == 403
    client_of(alice).post("/account/data/support", {"on": "0"})
    assert looking.get("/w/atelier/create").status_code == 403


def test_looking_ends_with_the_staff_session(looking: Client) -> None:
    StaffSession.objects.update(ends_at=timezone.now())
    assert looking.get("/w/atelier/gallery").status_code == 404


def test_nobody_looks_as_a_colleague(client_of: Browser, sara: User) -> None:
    root = User.objects.create_superuser("root@example.org")
    assert client_of(sara).post(f"/admin/panel/people/{root.pk}/look", {"reason": "x"}).status_code == 422


def test_what_no_page_wrote_down_the_door_does(rf: RequestFactory, sara: User, client_of: Browser) -> None:
    browser = client_of(sara)
    sent = rf.post("/admin/somewhere/")
    sent.user, sent.session = sara, browser.session

    def silent(request: HttpRequest) -> HttpResponse:
        return redirect("/admin/")

    def telling(request: HttpRequest) -> HttpResponse:
        audit.record("staff.noted", workspace=None)
        return redirect("/admin/")

    middleware.audited(staff_door.door(silent))(sent)
    assert said("staff.acted") == ["/admin/somewhere/"]
    middleware.audited(staff_door.door(telling))(sent)
    assert len(said("staff.acted")) == 1
