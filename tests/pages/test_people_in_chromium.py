"""How people come in and keep their accounts safe, in a real browser with a passkey of its own."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.mfa.totp.internal import auth as totp

from tests.live import Site
from tests.pages.conftest import Visit

LINK = re.compile(r"https?://\S+?(/accounts/confirm-email/\S+)")
PASSWORD = "correct horse battery"  # what Visit.sign_up types
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def newcomer(chromium, live: Site):
    """A person at the site's name, with a device that holds passkeys: they are never bound to an address in numbers."""
    visit = Visit(chromium, live.url.replace("127.0.0.1", "localhost"))
    device = visit.context.new_cdp_session(visit.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield visit
    visit.context.close()


def mailed_link(live: Site, email: str) -> str:
    """The path of the link in the newest letter to the address that has one."""
    letters = sorted((Path(live.var) / "mail").glob("*.log"), key=lambda letter: letter.stat().st_mtime)
    texts = [text for text in (letter.read_text() for letter in letters) if f"To: {email}" in text]
    return [found[1] for found in map(LINK.search, texts) if found][-1]


def app_code(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def show_that_it_is_you(visit: Visit) -> None:
    visit.page.get_by_label("Password").fill(PASSWORD)
    visit.page.get_by_role("button", name="Go on").click()


def test_a_newcomer_proves_the_address_and_comes_back_by_passkey(
    newcomer: Visit, live: Site, visit: Callable[..., Visit]
) -> None:
    page = newcomer.page
    newcomer.sign_up()
    page.locator("summary.rail-item").last.click()
    email = page.locator(".is-me .menu-title").text_content().strip()
    page.get_by_role("link", name="Your account").click()
    page.get_by_text(f"{email} is not confirmed yet").wait_for()

    page.goto(mailed_link(live, email))
    page.get_by_role("button", name="Yes, confirm").click()
    page.wait_for_url("**/w/*/create")

    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    show_that_it_is_you(newcomer)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert page.locator(".codes li").count() == 10

    page.get_by_role("link", name="Done").click()
    page.get_by_text("My laptop").first.wait_for()
    page.get_by_role("link", name="Set up").click()
    secret = page.locator("#authenticator_secret").text_content()
    page.get_by_label("Authenticator code").fill(app_code(secret))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("link", name="Turn off").wait_for()

    page.locator("summary.rail-item").last.click()
    page.get_by_role("button", name="Log out").click()
    page.goto("/account/profile")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/account/profile")
    page.get_by_role("heading", name="Profile").wait_for()
    assert newcomer.complaints == []

    # On a device without the passkey, the password alone is no longer enough.
    stranger = visit()
    stranger.page.goto("/accounts/login/")
    stranger.page.get_by_label("Email").fill(email)
    stranger.page.get_by_label("Password").fill(PASSWORD)
    stranger.page.get_by_role("button", name="Log in", exact=True).click()
    stranger.page.get_by_role("heading", name="Second step").wait_for()
    # At an address in numbers no passkey can work, and the page says why.
    stranger.page.get_by_role("button", name="Use a passkey").click()
    stranger.page.get_by_text("Passkeys work only where the site has a name").wait_for()
