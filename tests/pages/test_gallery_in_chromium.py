"""The gallery in a browser: keys, selection, the bin with its undo, and a zip."""

from playwright.sync_api import expect

from tests.pages.conftest import Visit
from tests.pages.test_playground_in_chromium import barriers


def test_it_is_worked_with_keys_and_undone(artist: Visit) -> None:
    page = artist.page
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{artist.base}/gallery")
    shown = page.locator("[data-tile]:visible")
    expect(shown).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(shown).to_have_count(4)
    with page.expect_response("**/mark") as marked:
        page.keyboard.press("f")
    assert marked.value.status == 204
    expect(shown.first.locator("[data-heart]")).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/mark"):
        page.keyboard.press("4")
    expect(shown.first.locator("[data-stars]")).to_have_text("4 ★")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Backspace")
    expect(shown).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(shown).to_have_count(4)
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("1 selected")
    shown.last.locator(".shot-picture").click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("3 selected")
    assert barriers(page, "dark", 1440) + barriers(page, "light", 390) == []
    page.get_by_role("button", name="Download").click()
    page.get_by_role("link", name="Download").wait_for()
    page.set_viewport_size({"width": 1440, "height": 900})
    with page.expect_download() as got:
        page.get_by_role("link", name="Download").click()
    assert got.value.suggested_filename.endswith(".zip")
    assert artist.complaints == []


def test_it_writes_its_filters_into_the_address(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/gallery")
    page.get_by_label("Search prompts").fill("zeppelin")
    page.wait_for_url("**/gallery?q=zeppelin")
    page.get_by_text("Nothing here answers that.").wait_for()
    page.get_by_label("Search prompts").fill("사과")
    page.wait_for_url(lambda url: "zeppelin" not in url)
    page.locator("[data-tile]").first.wait_for()
    page.reload()
    expect(page.get_by_label("Search prompts")).to_have_value("사과")
    assert barriers(page, "dark", 390) == []
    assert artist.complaints == []
