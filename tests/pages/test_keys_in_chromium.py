"""An API key in a real browser: made, copied, used, gone."""

from collections.abc import Callable

import httpx

from tests.pages.conftest import Visit
from tests.pages.test_design import faults


def test_it_is_made_copied_once_and_revoked(visit: Callable[..., Visit]) -> None:
    developer = visit(permissions=["clipboard-read", "clipboard-write"], viewport={"width": 360, "height": 800})
    developer.sign_up()
    page, keys = developer.page, f"{developer.base}/keys/"

    def is_let_in() -> bool:
        answer = httpx.get(f"{developer.url}/v1/models", headers={"Authorization": f"Bearer {raw}"})
        return answer.status_code == httpx.codes.OK

    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))

    page.goto(keys)
    page.get_by_role("link", name="New key").click()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("Robot")
    page.get_by_label("Spending cap").fill("2.5")
    assert (faults(page), fits()) == ([], True)
    page.get_by_role("button", name="Create key").click()
    raw = page.get_by_label("API key").input_value()
    page.get_by_role("button", name="Copy key").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == raw
    page.get_by_role("button", name="Copy command").click()
    assert raw in page.evaluate("navigator.clipboard.readText()")
    assert (faults(page), fits()) == ([], True)
    assert is_let_in()

    page.reload()
    assert page.url == keys
    assert raw not in page.content()
    assert page.locator(".key-spent").text_content() == "$0.00 of $2.50this month"
    assert (faults(page), fits()) == ([], True)

    page.get_by_role("link", name="Revoke Robot").click()
    page.get_by_role("button", name="Revoke this key").click()
    page.get_by_text("Robot is revoked.").wait_for()
    assert not is_let_in()
    assert developer.complaints == []
