"""The list of browsers in which one is logged in."""

from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import User
from accounts.templatetags.browsers import browser as name_of
from tests.accounts.trail import actions

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0"


def log_in(user: User, password: str, agent: str = FIREFOX) -> Client:
    browser = Client(headers={"user-agent": agent})
    browser.post("/accounts/login/", {"login": user.email, "password": password})
    return browser


def test_it_ends_another_browsers_session_at_once(alice: User, password: str) -> None:
    here, there = log_in(alice, password), log_in(alice, password, "curl/8")
    page = here.get("/accounts/sessions/").content.decode()
    assert "Firefox on Windows" in page
    assert "curl/8" in page
    session = UserSession.objects.get(session_key=there.session.session_key)
    assert here.post(f"/account/sessions/{session.pk}/end").status_code == 302
    assert there.get("/account/profile").status_code == 302
    assert here.get("/account/profile").status_code == 200
    assert actions(alice)[-1] == "session.ended"


def test_it_ends_all_others(alice: User, password: str) -> None:
    here, there = log_in(alice, password), log_in(alice, password)
    here.post("/accounts/sessions/")
    assert there.get("/account/profile").status_code == 302
    assert here.get("/account/profile").status_code == 200
    assert "session.ended" in actions(alice)


def test_it_ends_nobody_elses(alice: User, charlie: User, password: str, client_of: Callable) -> None:
    hers = log_in(alice, password)
    session = UserSession.objects.get()
    assert client_of(charlie).post(f"/account/sessions/{session.pk}/end").status_code == 404
    assert Client().post(f"/account/sessions/{session.pk}/end").status_code == 302
    assert hers.get("/account/profile").status_code == 200


def test_it_names_browsers() -> None:
    assert name_of("Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/17.4 Safari/605.1") == "Safari on Mac"
    assert name_of("") == "An unknown browser"
