"""The ways in: code by mail, authenticator app, recovery codes. Passkeys need a browser: tests/pages."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.trail import actions, mailed_link

CODE = re.compile(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", re.MULTILINE)


def ask_for_code(email: str = "alice@example.org") -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/code/", {"email": email})
    assert answer.headers["Location"] == "/accounts/login/code/confirm/"
    return browser


def mailed_code() -> str:
    found = CODE.search(str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def type_code(browser: Client, code: str):
    return browser.post("/accounts/login/code/confirm/", {"code": code})


def test_it_logs_in_by_a_mailed_code_once(alice: User, prove: Callable) -> None:
    prove(alice)
    browser = ask_for_code()
    code = mailed_code()
    type_code(browser, code)
    assert is_in(browser)
    assert actions(alice) == ["account.logged_in"]
    browser.post("/accounts/logout/")
    type_code(browser, code)
    assert not is_in(browser)


def test_a_code_is_for_the_browser_that_asked(alice: User, prove: Callable) -> None:
    prove(alice)
    ask_for_code()
    other = Client()
    type_code(other, mailed_code())
    assert not is_in(other)


def test_it_takes_three_wrong_codes_and_no_more(alice: User, prove: Callable) -> None:
    prove(alice)
    browser = ask_for_code()
    answer = type_code(browser, "WRONG1")
    assert b"Incorrect code" in answer.content
    for _ in range(2):
        type_code(browser, "WRONG1")
    type_code(browser, mailed_code())
    assert not is_in(browser)


def test_it_refuses_a_code_that_is_too_old(alice: User, prove: Callable, settings) -> None:
    prove(alice)
    browser = ask_for_code()
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1
    type_code(browser, mailed_code())
    assert not is_in(browser)


def test_it_sends_no_code_to_an_unknown_or_unproved_address_and_does_not_tell(alice: User) -> None:
    for email in ("nobody@example.org", "alice@example.org"):
        browser = ask_for_code(email)
        assert mail.outbox[-1].to == [email]
        assert CODE.search(str(mail.outbox[-1].body)) is None
        assert b"If <strong>" in browser.get("/accounts/login/code/confirm/").content


def set_up_app(browser: Client) -> tuple[str, list[str]]:
    """Turn the authenticator app on; returns its secret and the recovery codes."""
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert browser.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    done = browser.post("/accounts/2fa/totp/activate/", {"code": app_code(secret)})
    assert done.headers["Location"] == "/accounts/2fa/recovery-codes/"
    codes = browser.get(done.headers["Location"]).context["unused_codes"]
    return secret, codes


def app_code(secret: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))))


@pytest.fixture
def protected(transactional_db: None, alice: User, prove: Callable, fresh: Callable):
    """Alice with an authenticator app: its secret and her recovery codes."""
    prove(alice)
    return set_up_app(fresh(alice))


def start(password: str) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": "alice@example.org", "password": password})
    assert answer.headers["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(browser)
    return browser


def test_it_asks_for_the_second_step(alice: User, protected: tuple[str, list[str]], password: str) -> None:
    codes = protected[1]
    browser = start(password)
    assert b"Incorrect code" in browser.post("/accounts/2fa/authenticate/", {"code": "123456"}).content
    browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_in(browser)
    assert actions(alice)[-1] == "account.logged_in"
    assert "authenticator_app.added" in actions(alice)
    again = start(password)
    again.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert not is_in(again), "a recovery code works once"


def test_it_takes_the_code_of_the_app_once(protected: tuple[str, list[str]], password: str) -> None:
    browser, again = start(password), start(password)
    code = app_code(protected[0])
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_in(browser)
    again.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_in(again)


def test_it_keeps_the_secret_of_the_app_sealed(protected: tuple[str, list[str]]) -> None:
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert protected[0] not in stored


def test_it_still_changes_the_address(alice: User, protected: tuple[str, list[str]], fresh: Callable) -> None:
    browser = fresh(alice)
    browser.post("/accounts/email/", {"email": "alice@new.example", "action_add": ""})
    browser.post(mailed_link(-1))
    assert alice.has_proved("alice@new.example")
    assert not alice.has_proved("alice@example.org")


def test_it_slows_down_who_guesses_codes(protected: tuple[str, list[str]], password: str) -> None:
    browser = start(password)
    for _ in range(6):
        answer = browser.post("/accounts/2fa/authenticate/", {"code": "123456"})
    assert b"Too many" in answer.content


def test_it_gives_no_second_step_to_an_unproved_address(alice: User, fresh: Callable) -> None:
    browser = fresh(alice)
    browser.get("/accounts/email/")
    for path in ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"):
        assert browser.get(path).headers["Location"] == "/accounts/2fa/"


@pytest.mark.parametrize(
    "path", ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/2fa/recovery-codes/generate/"]
)
def test_it_asks_again_before_the_locks_are_changed(
    path: str, alice: User, prove: Callable, client_of: Callable
) -> None:
    prove(alice)
    assert client_of(alice).get(path).headers["Location"].startswith("/accounts/reauthenticate/?next=")


def test_it_changes_the_password(alice: User, client_of: Callable, password: str) -> None:
    browser, other = client_of(alice), client_of(alice)
    form = {"oldpassword": password, "password1": "fresh horse battery", "password2": "fresh horse battery"}
    wrong = browser.post("/accounts/password/change/", form | {"oldpassword": "wrong"})
    assert "oldpassword" in wrong.context["form"].errors
    browser.post("/accounts/password/change/", form)
    assert browser.get("/account/profile").status_code == 200
    assert other.get("/account/profile").status_code == 302
    assert "password.changed" in actions(alice)
    assert mail.outbox[-1].to == ["alice@example.org"]


def test_it_does_not_show_anybody_elses_passkeys(alice: User, charlie: User, fresh: Callable) -> None:
    passkey = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Phone", "credential": {}})
    browser = fresh(charlie)
    for action in ("edit", "remove"):
        assert browser.get(f"/accounts/2fa/webauthn/keys/{passkey.pk}/{action}/").status_code == 404
