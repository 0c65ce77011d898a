"""The page of a picture and the page of a region in a real browser, against the real site with its real model."""

from collections.abc import Callable

import pytest

from tests.pages.conftest import PROMPT, Visit
from tests.pages.test_design import SIDEWAYS, faults

DONE = {"status": 204, "body": ""}


def open_first(artist: Visit, *, edit: bool = False) -> None:
    artist.page.set_viewport_size({"width": 1280, "height": 800})
    artist.page.goto(f"{artist.base}/create")
    artist.newest.locator("[data-box] > a").first.click()
    artist.page.wait_for_url("**/pictures/*")
    if edit:
        artist.page.keyboard.press("e")
        artist.page.wait_for_url("**/edit")


def answer(artist: Visit, what: str) -> list[str]:
    """Take for done what is posted to `what`; the list fills with what was sent."""
    sent: list[str] = []

    def take(route) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(**DONE)

    artist.page.route(f"**/{what}", take)
    return sent


def test_a_picture_can_be_looked_at_closely_without_moving_the_page(artist: Visit) -> None:
    open_first(artist)
    page = artist.page
    share, picture = page.locator("[data-zoom-share]"), page.locator("[data-stage] img")
    before, stage = share.text_content(), page.locator("[data-stage]").bounding_box()
    page.keyboard.press("+")
    page.get_by_text("200 %").wait_for()
    place = picture.bounding_box()
    page.mouse.move(stage["x"] + 200, stage["y"] + 200)
    page.mouse.down()
    page.mouse.move(stage["x"] + 260, stage["y"] + 230)
    page.mouse.up()
    moved = picture.bounding_box()
    assert moved["x"] > place["x"] and moved["y"] > place["y"]
    page.mouse.wheel(0, -400)
    page.locator("[data-zoom-share]:not(:text('200 %'))").wait_for()
    page.keyboard.press("0")
    page.get_by_text(before).wait_for()
    page.locator("[data-stage]").dblclick()
    page.locator(f"[data-zoom-share]:not(:text('{before}'))").wait_for()
    assert page.locator("[data-stage]").bounding_box() == stage
    assert artist.complaints == []


def test_it_is_rated_and_favoured_by_keys(artist: Visit) -> None:
    open_first(artist)
    page, sent = artist.page, answer(artist, "mark")
    page.keyboard.press("4")
    page.locator(".star.is-on").nth(3).wait_for()
    page.keyboard.press("f")
    page.locator(".is-heart.is-on").wait_for()
    page.keyboard.press("0")
    page.locator(".stars:not(:has(.is-on))").wait_for()
    page.get_by_role("button", name="2 stars").click()
    page.locator(".star[aria-pressed=true][data-star='2']").wait_for()
    assert [("rating" in one, "favourite" in one) for one in sent] == [
        (True, False),
        (False, True),
        *[(True, False)] * 2,
    ]
    page.unroute("**/mark")
    page.route("**/mark", lambda route: route.fulfill(status=500))
    page.keyboard.press("5")
    page.get_by_text("The rating could not be kept").wait_for()
    page.get_by_role("button", name="Close").first.click()
    assert page.locator("[data-star][aria-pressed=true]").get_attribute("data-star") == "2"
    page.unroute("**/mark")
    page.reload()
    artist.complaints.clear()


def test_it_goes_to_the_bin_and_comes_back(artist: Visit) -> None:
    open_first(artist)
    page, here = artist.page, artist.page.url
    binned, restored = answer(artist, "bin"), answer(artist, "restore")
    page.keyboard.press("Backspace")
    page.wait_for_url(lambda url: url != here)
    page.get_by_text("Moved to the bin.").wait_for()
    page.keyboard.press("Control+z")
    page.wait_for_url(here)
    assert len(binned) == len(restored) == 1
    assert "csrfmiddlewaretoken" in restored[0]
    assert artist.complaints == []


def test_it_is_fetched_in_the_format_that_was_chosen_last(artist: Visit) -> None:
    open_first(artist)
    page = artist.page
    page.get_by_label("Choose the format").click()
    page.get_by_label("WEBP").check()
    with page.expect_download() as download:
        page.locator("[data-download-form] button").click()
    assert download.value.suggested_filename.endswith(".webp")
    page.reload()
    with page.expect_download() as download:
        page.keyboard.press("d")
    assert download.value.suggested_filename.endswith(".webp")


def test_its_keys_are_listed(artist: Visit) -> None:
    open_first(artist)
    page = artist.page
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys on this page")
    sheet.wait_for()
    assert "Edit a region" in sheet.text_content()
    assert faults(page) == []
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert "/pictures/" in page.url


def test_a_region_is_painted_and_drawn_anew_over_the_picture(artist: Visit) -> None:
    open_first(artist, edit=True)
    page = artist.page
    said, stage = page.locator("[data-said]"), page.locator("[data-mask]").bounding_box()
    page.locator("[data-go]").click()
    page.get_by_text("Mark what is to be drawn anew, with the brush").wait_for()
    across, down = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    page.mouse.move(across, down)
    page.mouse.down()
    page.mouse.move(across + 60, down + 20, steps=4)
    page.mouse.up()
    page.get_by_text("squares will be drawn anew").wait_for()
    painted = said.text_content()
    page.keyboard.press("Control+z")
    page.get_by_text("Nothing is marked yet.").wait_for()
    page.keyboard.press("Control+y")
    page.get_by_text(painted).wait_for()
    page.keyboard.press("i")
    page.get_by_text("64 of 64 squares").wait_for()
    page.locator("[data-go]").click()
    page.get_by_text("touches every square").wait_for()
    page.get_by_role("button", name="Clear").click()
    page.keyboard.press("m")
    page.locator("[data-mask]").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    numbers = [page.locator(f"#id_{name}").input_value() for name in ("x", "y", "width", "height")]
    assert numbers == ["120", "128", "256", "248"]
    page.get_by_label("Number of results").select_option("1")
    page.get_by_label("What the picture shows then").fill("a blue star on green grass")
    page.locator("[data-go]").click()
    page.locator('[data-result] [data-state="succeeded"]').wait_for()
    slider = page.get_by_label("Before and after")
    page.locator("[data-open]:not([hidden])").wait_for()
    slider.press("ArrowRight")
    page.locator("[data-slider][aria-valuetext^='51 %']").wait_for()
    assert "inset" in page.locator("[data-after]").evaluate("canvas => canvas.style.clipPath")
    assert faults(page) == []
    page.reload()
    page.locator("[data-open]:not([hidden])").wait_for()
    page.get_by_role("link", name="Open this result").click()
    page.wait_for_url("**/pictures/*")
    assert page.locator(".tree a").count() == 2
    assert artist.complaints == []


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 390)])
def test_the_page_of_a_region_has_no_barriers(theme: str, width: int, artist: Visit) -> None:
    artist.context.add_cookies([{"name": "theme", "value": theme, "url": artist.url}])
    open_first(artist, edit=True)
    artist.page.set_viewport_size({"width": width, "height": 800})
    artist.page.get_by_text("Rectangle in numbers").click()
    assert faults(artist.page) == []
    assert artist.page.evaluate(SIDEWAYS) <= 0


def test_a_region_is_drawn_anew_without_scripts(visit: Callable[..., Visit]) -> None:
    person = visit(java_script_enabled=False)
    person.sign_up(PROMPT)
    page = person.page
    page.get_by_label("Quality").check()
    page.get_by_label("Number of pictures").select_option("1")
    page.get_by_role("button", name="Create").click()
    page.locator("[data-generation] img").click()
    page.get_by_role("link", name="Edit a region").click()
    page.get_by_text("Rectangle in numbers").click()
    for name, value in {"Left": 100, "Top": 100, "Width": 200, "Height": 150}.items():
        page.get_by_label(name, exact=True).fill(str(value))
    page.get_by_role("button", name="Draw it anew").click()
    page.wait_for_url("**/edit?made=*")
    page.locator("[data-result] img").first.wait_for()
