"""Proving an address by the mailed link, changing it, and telling nobody who is here."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.test_sign_up import sign_up
from tests.accounts.trail import actions, mailed_link


@pytest.fixture
def dora(db: None) -> Client:
    """A newcomer's browser, just after the sign-up."""
    client = Client()
    sign_up(client)
    return client


def test_it_proves_the_address_by_the_mailed_link_once(dora: Client) -> None:
    link = mailed_link()
    assert b"dora@example.org" in dora.get(link).content
    assert not User.objects.get().has_proved("dora@example.org"), "mail scanners open links too"
    dora.post(link)
    assert User.objects.get().has_proved("Dora@example.org")
    assert "email.confirmed" in actions(User.objects.get())
    assert dora.get(link).status_code == 404


def test_it_asks_who_opens_the_link_to_log_in(dora: Client, client_of: Callable, charlie: User) -> None:
    link = mailed_link()
    assert Client().get(link).headers["Location"].startswith("/accounts/login/?next=")
    assert Client().post(link).headers["Location"].startswith("/accounts/login/?next=")
    assert client_of(charlie).post(link).status_code == 403
    assert not EmailAddress.objects.filter(verified=True).exists()


@pytest.mark.parametrize("damage", [lambda key: key[:-4] + "AAAA/", lambda key: "/accounts/confirm-email/nonsense/"])
def test_it_refuses_links_that_are_not_ours(dora: Client, damage: Callable[[str], str]) -> None:
    answer = dora.get(damage(mailed_link()))
    assert answer.status_code == 404
    assert b"does not work any more" in answer.content


def test_it_refuses_a_link_that_is_too_old(dora: Client, settings) -> None:
    settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 0
    assert dora.post(mailed_link()).status_code == 404


def test_it_signs_up_with_a_taken_address_as_with_any_other(alice: User, prove: Callable) -> None:
    prove(alice)
    taken, free = Client(), Client()
    answers = [sign_up(taken, email="ALICE@example.org"), sign_up(free, email="zoe@example.org")]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    pages = [browser.get("/account/profile").content.decode() for browser in (taken, free)]
    assert "alice@example.org is not confirmed yet" in pages[0]
    assert "zoe@example.org is not confirmed yet" in pages[1]
    assert [message.to for message in mail.outbox] == [["alice@example.org"], ["zoe@example.org"]]
    assert "/confirm-email/" not in mail.outbox[0].body, "the owner is told; there is nothing to confirm"
    assert taken.session["_auth_user_id"] != str(alice.pk)


def test_a_claim_logs_in_as_ever_and_never_into_the_owners_account(alice: User, prove: Callable, password: str) -> None:
    prove(alice)
    sign_up(Client(), email="alice@example.org", password1="another horse battery")
    for typed, finds_alice in ((password, True), ("another horse battery", False)):
        browser = Client()
        browser.post("/accounts/login/", {"login": "alice@example.org", "password": typed})
        assert (browser.session["_auth_user_id"] == str(alice.pk)) is finds_alice


def test_the_owner_proves_an_address_that_somebody_claimed_first(db: None) -> None:
    sign_up(Client(), password1="thief horse battery")
    owner = Client()
    sign_up(owner)
    owner.post(mailed_link())
    proved = EmailAddress.objects.get(verified=True)
    assert str(proved.user.pk) == owner.session["_auth_user_id"]
    # The thief's own link is worthless now.
    thief = Client()
    thief.post("/accounts/login/", {"login": "dora@example.org", "password": "thief horse battery"})
    thief.post(mailed_link(0))
    assert EmailAddress.objects.get(verified=True) == proved


def test_it_changes_the_address_when_the_new_one_is_proved(alice: User, prove: Callable, fresh: Callable) -> None:
    prove(alice)
    browser = fresh(alice)
    browser.post("/accounts/email/", {"email": "Alice@new.example", "action_add": ""})
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    assert mail.outbox[-1].to == ["alice@new.example"]
    link = mailed_link()
    browser.post(link)
    alice.refresh_from_db()
    assert alice.email == "alice@new.example"
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["alice@new.example"]
    assert mail.outbox[-1].to == ["alice@example.org"], "the old address is told"
    assert "email.changed" in actions(alice)


def test_it_does_not_change_the_address_of_a_browser_left_open(alice: User, client_of: Callable) -> None:
    answer = client_of(alice).post("/accounts/email/", {"email": "mallory@example.org", "action_add": ""})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not EmailAddress.objects.filter(email="mallory@example.org").exists()


def test_changing_to_a_taken_address_tells_nothing(alice: User, bob: User, prove: Callable, fresh: Callable) -> None:
    prove(alice)
    prove(bob)
    browser = fresh(bob)
    answers = [
        browser.post("/accounts/email/", {"email": email, "action_add": ""}, follow=True).status_code
        for email in ("alice@example.org", "nobody@example.org")
    ]
    assert answers == [200, 200]
    assert [message.to[0] for message in mail.outbox] == ["alice@example.org", "nobody@example.org"]
    assert "/confirm-email/" not in mail.outbox[0].body


def test_the_reset_tells_nothing_and_logs_other_browsers_out(alice: User, client_of: Callable) -> None:
    other = client_of(alice)
    for email in ("alice@example.org", "nobody@example.org"):
        answer = Client().post("/accounts/password/reset/", {"email": email})
        assert answer.headers["Location"] == "/accounts/password/reset/done/"
    browser = Client()
    form = browser.get(mailed_link(0), follow=True)
    answer = browser.post(
        form.redirect_chain[-1][0], {"password1": "fresh horse battery", "password2": "fresh horse battery"}
    )
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("fresh horse battery")
    assert other.get("/account/profile").status_code == 302
    assert "password.reset" in actions(alice)
    assert b"does not work any more" in Client().get(mailed_link(0), follow=True).content


def test_it_slows_down_who_asks_for_many_resets(alice: User) -> None:
    answers = [Client().post("/accounts/password/reset/", {"email": "alice@example.org"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert b"Too many tries" in answers[-1].content


@pytest.mark.parametrize("way", ["create_user", "create_superuser"])
def test_staff_and_commands_make_no_second_account(alice: User, way: str) -> None:
    with pytest.raises(ValueError, match="account already"):
        getattr(User.objects, way)("Alice@example.org", "horse")
