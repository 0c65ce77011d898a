"""A collection in a real browser: filled from the page of a picture, put in order by drag and without a script."""

from playwright.sync_api import expect

from tests.pages.conftest import Visit


def test_it_is_filled_and_put_in_order(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/gallery")
    page.locator(".shot-picture").first.click()
    page.get_by_text("Add to collection").click()
    page.get_by_label("Name of a new collection").fill("Apples")
    page.get_by_role("button", name="Make", exact=True).click()
    page.get_by_role("link", name="Older picture").click()
    page.get_by_text("Add to collection").click()
    page.get_by_role("button", name="Apples").click()
    page.get_by_role("link", name="Collections").click()
    page.get_by_role("link", name="Apples").click()
    page.get_by_role("link", name="Arrange").click()
    shown = page.locator("[data-picture]")
    first, second = (shown.nth(at).get_attribute("data-picture") for at in (0, 1))
    with page.expect_response("**/move"):
        shown.nth(0).drag_to(shown.nth(1), target_position={"x": 200, "y": 60})
    page.reload()
    expect(shown.nth(0)).to_have_attribute("data-picture", str(second))
    shown.nth(1).get_by_role("button", name="Earlier").click()
    expect(shown.nth(0)).to_have_attribute("data-picture", str(first))
    assert artist.complaints == []
