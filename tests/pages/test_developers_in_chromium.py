"""The pages of webhooks and batches in a real browser: no barriers, nothing to the side, errors beside their field."""

from collections.abc import Callable

from tests.pages.conftest import Visit
from tests.pages.test_design import SIDEWAYS, faults


def test_it_has_no_barriers_and_says_what_is_wrong(visit: Callable[..., Visit]) -> None:
    developer = visit()
    developer.sign_up()
    page = developer.page

    def look(theme: str, width: int) -> None:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert faults(page) == [], f"{page.url} in {theme} at {width}"
        assert page.evaluate(SIDEWAYS) <= 0, f"{page.url} at {width}"

    for path in ("batches", "webhooks"):
        page.goto(f"{developer.base}/developers/{path}")
        look("dark", 1280)
        look("light", 360)
    page.get_by_role("link", name="New webhook").click()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.get_by_role("button", name="Create webhook").click()
    page.get_by_text("The address leads into a private network.").wait_for()
    assert page.evaluate("document.activeElement.name") == "url"
    look("light", 360)
    assert [said for said in developer.complaints if "422" not in said] == []
