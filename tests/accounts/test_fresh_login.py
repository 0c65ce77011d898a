"""The door that asks once more who one is."""

from collections.abc import Callable

import pytest
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.models import User
from accounts.pages.fresh import require_fresh_login


@require_fresh_login
def pay(request: HttpRequest) -> HttpResponse:
    return HttpResponse("paid")


def knock(user: object, method: str = "get", **headers: str) -> HttpResponse:
    request = getattr(RequestFactory(headers=headers), method)("/pay?plan=super")
    request.user = user
    for middleware in (SessionMiddleware, MessageMiddleware):
        middleware(lambda _: HttpResponse()).process_request(request)
    return pay(request)


def test_it_sends_the_reader_back_to_the_page(alice: User) -> None:
    assert knock(alice).headers["Location"] == "/accounts/reauthenticate/?next=%2Fpay%3Fplan%3Dsuper"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/plans", "http%3A%2F%2Ftestserver%2Fplans"),
        ("https://evil.example/", "%2F"),
        ("", "%2F"),
    ],
)
def test_it_sends_whoever_posts_back_to_the_form(alice: User, referer: str, back: str) -> None:
    answer = knock(alice, "post", referer=referer)
    assert answer.headers["Location"] == f"/accounts/reauthenticate/?next={back}"


def test_it_asks_visitors_to_log_in(db: None) -> None:
    from django.contrib.auth.models import AnonymousUser

    assert knock(AnonymousUser()).headers["Location"].startswith("/accounts/login/?next=")


def test_it_lets_in_who_has_just_shown_it(alice: User, fresh: Callable, client_of: Callable) -> None:
    browser = fresh(alice)
    request = RequestFactory().post("/pay")
    request.user, request.session = alice, browser.session
    assert pay(request).content == b"paid"
    wrong = client_of(alice).post("/accounts/reauthenticate/", {"password": "wrong"})
    assert "password" in wrong.context["form"].errors
