"""Two people and a workspace in real browsers: invite, accept, share a picture, remove."""

import re
from collections.abc import Callable

from tests.live import Site
from tests.pages.conftest import PROMPT, Visit
from tests.pages.test_design import faults

COLLEAGUE = "colleague@example.org"
SETTINGS = ["/members/", "/invitations/", "/settings/", "/settings/pictures", "/usage", "/billing/statement"]


def link_in_mail(live: Site, pattern: str) -> str:
    """The newest link of this kind that was mailed to the colleague; its path."""
    sent = sorted((live.var / "mail").glob("*.log"), key=lambda file: file.stat().st_mtime)
    found = [match for file in sent if COLLEAGUE in (text := file.read_text()) for match in re.findall(pattern, text)]
    assert found, f"no mail with {pattern}"
    return str(found[-1])


def accept(colleague: Visit, live: Site, invitation: str) -> None:
    """From the mail to the workspace, as somebody who has no account yet."""
    page = colleague.page
    page.goto(invitation)
    page.get_by_role("heading", name="Join Night Shift").wait_for()
    assert faults(page) == []
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Email").fill(COLLEAGUE)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url(f"**{invitation}")
    page.get_by_text("Confirm first").wait_for()
    page.goto(link_in_mail(live, r"(/accounts/confirm-email/[^/\s]+/)"))
    page.get_by_role("button", name="confirm").click()
    page.goto(invitation)
    page.get_by_role("button", name="Join as").click()
    page.wait_for_url("**/create")


def test_a_colleague_comes_sees_and_is_removed(visit: Callable[..., Visit], live: Site) -> None:
    alice, colleague = visit(), visit()
    alice.sign_up()
    page = alice.page
    page.locator(".is-workspace > summary").click()
    page.get_by_role("link", name="New workspace").click()
    page.get_by_label("Name").fill("Night Shift")
    page.get_by_role("button", name="Make workspace").click()
    page.get_by_label("E-mail address").fill(COLLEAGUE)
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_text(f"on its way to {COLLEAGUE}").wait_for()
    alice.base = page.url.partition("/invitations")[0]

    accept(colleague, live, link_in_mail(live, r"(/invite/[\w-]{43})"))

    page.goto(f"{alice.base}/create")
    page.get_by_label("Size").select_option("256x256")
    alice.create(PROMPT)
    alice.wait_until("succeeded")
    colleague.page.goto(f"{alice.base}/gallery")
    shot = colleague.page.locator(".shot img")
    assert shot.get_attribute("alt") == PROMPT
    assert shot.evaluate("async image => { await image.decode(); return image.naturalWidth; }") == 256

    for path in SETTINGS:
        page.goto(alice.base + path)
        assert faults(page) == []
    page.goto(f"{alice.base}/members/")
    page.get_by_role("link", name="colleague", exact=True).click()
    page.get_by_text("Remove…").click()
    assert faults(page) == []
    page.get_by_role("button", name="Yes, remove").click()
    page.get_by_text("is no longer in this workspace").wait_for()
    assert alice.complaints == []

    for path in ("/gallery", "/members/", "/create"):
        there = colleague.page.goto(alice.base + path)
        assert there
        assert there.status == 404
    colleague.page.goto("/workspaces/")
    assert colleague.page.get_by_text("Night Shift").count() == 0
