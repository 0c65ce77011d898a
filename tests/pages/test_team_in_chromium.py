"""Two people in real browsers, from the first page to the last: prove an address, a passkey and an authenticator app,
invite, accept, share a picture, remove. And a third device, that has nothing but the password."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal import auth as totp

from tests.live import Site
from tests.pages.conftest import PROMPT, Visit
from tests.pages.test_design import faults

COLLEAGUE = "colleague@example.org"
SETTINGS = ["/members/", "/invitations/", "/settings/", "/settings/pictures", "/usage", "/billing/statement"]
CONFIRM, INVITE = r"(/accounts/confirm-email/[^/\s]+/)", r"(/invite/[\w-]{43})"
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
def alice(chromium, live: Site):
    """At the site's name, with a device that holds passkeys: they are never bound to an address in numbers."""
    visit = Visit(chromium, live.url.replace("127.0.0.1", "localhost"))
    device = visit.context.new_cdp_session(visit.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield visit
    visit.context.close()


def link_in_mail(live: Site, email: str, pattern: str) -> str:
    """The newest link of this kind that was mailed to the address; its path."""
    sent = sorted((live.var / "mail").glob("*.log"), key=lambda file: file.stat().st_mtime)
    texts = [text for file in sent if f"To: {email}" in (text := file.read_text())]
    found = [match for text in texts for match in re.findall(pattern, text)]
    assert found, f"no mail with {pattern}"
    return str(found[-1])


def show_that_it_is_you(visit: Visit) -> None:
    visit.page.get_by_label("Password").fill(PASSWORD)
    visit.page.get_by_role("button", name="Go on").click()


def prove_the_address(visit: Visit, live: Site) -> str:
    """By the mailed link; returns the address."""
    page = visit.page
    page.locator("summary.rail-item").last.click()
    email = str(page.locator(".is-me .menu-title").text_content()).strip()
    page.get_by_role("link", name="Your account").click()
    page.get_by_text(f"{email} is not confirmed yet").wait_for()
    page.goto(link_in_mail(live, email, CONFIRM))
    page.get_by_role("button", name="Yes, confirm").click()
    page.wait_for_url("**/w/*/create")
    return email


def add_a_passkey(visit: Visit) -> None:
    page = visit.page
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    show_that_it_is_you(visit)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="Done").click()
    page.get_by_text("My laptop").first.wait_for()


def add_an_app(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("link", name="Set up").click()
    secret = page.locator("#authenticator_secret").text_content()
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    page.get_by_label("Authenticator code").fill(code)
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("link", name="Turn off").wait_for()


def come_back_by_passkey(visit: Visit) -> None:
    page = visit.page
    page.locator("summary.rail-item").last.click()
    page.get_by_role("button", name="Log out").click()
    page.goto("/account/profile")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/account/profile")
    page.get_by_role("heading", name="Profile").wait_for()


def invite(visit: Visit) -> None:
    """Into a new workspace; `visit.base` is its address then."""
    page = visit.page
    page.locator(".is-workspace > summary").click()
    page.get_by_role("link", name="New workspace").click()
    page.get_by_label("Name").fill("Night Shift")
    page.get_by_role("button", name="Make workspace").click()
    page.get_by_label("E-mail address").fill(COLLEAGUE)
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_text(f"on its way to {COLLEAGUE}").wait_for()
    visit.base = re.sub(r"^https?://[^/]+", "", page.url.partition("/invitations")[0])


def accept(colleague: Visit, live: Site) -> None:
    """From the mail to the workspace, as somebody who has no account yet."""
    page, invitation = colleague.page, link_in_mail(live, COLLEAGUE, INVITE)
    page.goto(invitation)
    page.get_by_role("heading", name="Join Night Shift").wait_for()
    assert faults(page) == []
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Email").fill(COLLEAGUE)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url(f"**{invitation}")
    page.get_by_text("Confirm first").wait_for()
    page.goto(link_in_mail(live, COLLEAGUE, CONFIRM))
    page.get_by_role("button", name="confirm").click()
    page.goto(invitation)
    page.get_by_role("button", name="Join as").click()
    page.wait_for_url("**/create")


def share_a_picture(visit: Visit, colleague: Visit) -> str:
    """Drawn in private, which the colleague does not see, and then shared; the address of its file."""
    page, there = visit.page, colleague.page
    page.goto(f"{visit.base}/create")
    visit.choose_size("256x256")
    page.get_by_label("Who sees it").select_option("private")
    visit.create(PROMPT)
    visit.wait_until("succeeded")
    there.goto(f"{visit.base}/gallery")
    assert there.locator(".shot").count() == 0

    page.goto(f"{visit.base}/gallery")
    page.locator(".shot a").first.click()
    page.get_by_role("button", name="Share with the workspace").click()
    page.get_by_text("Everyone in the workspace sees it now.").wait_for()
    there.goto(f"{visit.base}/gallery")
    shot = there.locator(".shot img")
    assert shot.get_attribute("alt") == PROMPT
    assert shot.evaluate("async image => { await image.decode(); return image.naturalWidth; }") == 256
    there.locator(".shot a").first.click()
    there.wait_for_url("**/pictures/*")
    return re.sub(r"^https?://[^/]+", "", there.url)


def remove(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.base}/members/")
    page.get_by_role("link", name="colleague", exact=True).click()
    page.get_by_text("Remove…").click()
    assert faults(page) == []
    page.get_by_role("button", name="Yes, remove").click()
    page.get_by_text("is no longer in this workspace").wait_for()


def ask_for_the_second_step(stranger: Visit, email: str) -> None:
    """On a device without the passkey, the password alone is no longer enough."""
    page = stranger.page
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("heading", name="Second step").wait_for()
    # At an address in numbers no passkey can work, and the page says why.
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("Passkeys work only where the site has a name").wait_for()


def test_two_people_meet_share_and_part(alice: Visit, visit: Callable[..., Visit], live: Site) -> None:
    colleague = visit()
    alice.sign_up()
    email = prove_the_address(alice, live)
    add_a_passkey(alice)
    add_an_app(alice)
    come_back_by_passkey(alice)
    alice.page.goto("/")
    invite(alice)
    accept(colleague, live)
    picture = share_a_picture(alice, colleague)
    for path in SETTINGS:
        alice.page.goto(alice.base + path)
        assert faults(alice.page) == []
    remove(alice)
    assert alice.complaints == []

    for path in (picture, *(alice.base + page for page in ("/gallery", "/members/", "/create"))):
        there = colleague.page.goto(path)
        assert there
        assert there.status == 404
    colleague.page.goto("/workspaces/")
    assert colleague.page.get_by_text("Night Shift").count() == 0
    ask_for_the_second_step(visit(), email)
