"""Support in a real browser, from the first log-in on: a customer is found by the id of a request, and gets a picture's
price back, which the audit trail then says."""

import time
from collections.abc import Callable

import httpx
from allauth.mfa.totp.internal import auth as totp

from tests.live import Site
from tests.pages.conftest import Visit
from tests.pages.test_design import SIDEWAYS, faults

PASSWORD = "a desk with a lamp on it"


def ask_by_api(live: Site) -> str:
    """A customer's request; its id."""
    slug = live.manage("create_workspace", "Lighthouse", "--owner", "customer@example.org", "--credits", "5.00")
    key = live.manage("create_api_key", "--workspace", slug)
    body = {"prompt": "a red apple", "size": "256x256"}
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{live.url}/v1/images/generations", json=body, headers=headers, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.headers["x-request-id"]


def log_in(visit: Visit, live: Site) -> None:
    """As the command that made them staff says, with a second step."""
    page = visit.page
    page.goto(live.manage("create_staff", "--email", "sara@example.org", "--role", "support"))
    page.get_by_label("New Password", exact=True).fill(PASSWORD)
    page.get_by_label("New Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Save the password").click()
    page.wait_for_url(lambda url: "reset" not in url or "done" in url)
    page.goto("/admin/")
    if page.get_by_label("Email").count():
        page.get_by_label("Email").fill("sara@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/accounts/2fa/")
    page.get_by_text("Staff log in with a second step.").wait_for()
    page.get_by_role("link", name="Set up").click()
    page.locator("#id_password, #authenticator_secret").first.wait_for()
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    secret = page.locator("#authenticator_secret").text_content()
    page.get_by_label("Authenticator code").fill(
        totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    )
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()


def look(visit: Visit) -> None:
    """No barriers, nothing to the side, in both themes and small."""
    page = visit.page
    for theme, width in (("dark", 1280), ("light", 360)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert faults(page) == [], f"{page.url} in {theme}"
        assert page.evaluate(SIDEWAYS) <= 0, f"{page.url} at {width}"


def test_support_finds_a_customer_and_gives_back(visit: Callable[..., Visit], live: Site) -> None:
    request_id = ask_by_api(live)
    sara = visit()
    page = sara.page
    log_in(sara, live)
    page.goto("/admin/panel/")
    page.get_by_label("What are you here for?").fill("The customer wrote that the apple is green")
    look(sara)
    page.get_by_role("button", name="Open").click()
    page.get_by_role("heading", name="Overview").wait_for()
    page.get_by_text("The customer wrote that the apple is green").wait_for()
    look(sara)

    page.get_by_label("Search").fill(request_id)
    page.get_by_label("Search").press("Enter")
    page.wait_for_url("**/generations/*")
    page.locator(".desk-moments").get_by_text("Picture 1 stored").wait_for()
    look(sara)
    page.get_by_text("Refund a picture", exact=True).first.click()
    page.get_by_label("Picture:").fill("1")
    page.get_by_role("button", name="Refund a picture").click()
    page.get_by_text("Say why, in a few words.").wait_for()
    page.get_by_label("Reason:").fill("The apple is green")
    page.get_by_role("button", name="Refund a picture").click()
    page.get_by_text("$0.07 went back.").wait_for()

    page.get_by_role("link", name="Lighthouse").first.click()
    page.get_by_text("gave back $0.07 for a picture").wait_for()
    look(sara)
    page.get_by_role("link", name="customer@example.org").first.click()
    page.wait_for_url("**/people/*")
    page.get_by_role("heading", name="Workspaces").wait_for()
    look(sara)
    page.goto("/admin/accounts/auditentry/?q=picture.refunded")
    page.get_by_text("sara@example.org").first.wait_for()
    page.get_by_role("button", name="Close it").click()
    page.get_by_label("What are you here for?").wait_for()
    assert [said for said in sara.complaints if "422" not in said] == []
