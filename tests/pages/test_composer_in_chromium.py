"""The composer and the pictures above it, worked by mouse and keyboard against the real site."""

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Route, expect

from tests.pages.conftest import Visit
from tests.pages.test_design import SIDEWAYS, faults


def png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(target, "PNG")
    return target.getvalue()


def test_it_chooses_a_shape_by_the_keyboard_and_has_no_barriers_when_open(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    page.get_by_label("Quality").check()
    summary = page.locator("[data-shapes] summary")
    summary.press("Enter")
    page.locator("[name=size]:checked").press("ArrowRight")
    expect(summary).to_contain_text("1024 × 1024")
    for menu, width in (("[data-shapes]", 1280), (".composer-more", 390), ("[data-own]", 390)):
        page.set_viewport_size({"width": width, "height": 800})
        page.keyboard.press("Escape")
        page.locator(f"{menu} summary").click()
        assert faults(page) == [], menu
        assert page.evaluate(SIDEWAYS) <= 0
    page.set_viewport_size({"width": 1280, "height": 800})


def test_it_shows_what_it_adds_to_a_prompt_and_takes_it_back(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("a key")
    page.get_by_role("button", name="Expand the prompt").click()
    added = page.locator("[data-added] ins")
    expect(added).to_have_count(4)
    assert all(words in prompt.input_value() for words in added.all_text_contents())
    page.get_by_role("button", name="Take it back").click()
    assert prompt.input_value() == "a key"
    expect(added.first).not_to_be_visible()


def test_it_brings_back_the_last_prompt_by_the_arrow_and_keeps_it_under_a_name(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("")
    prompt.press("ArrowUp")
    expect(prompt).to_have_value(artist.newest.locator(".label-prompt").text_content() or "")
    page.locator("[data-own] summary").click()
    page.get_by_label("Name of the prompt").fill("Apple")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Apple", exact=True).wait_for()
    prompt.fill("")
    page.get_by_role("link", name="Apple", exact=True).click()
    assert "사과" in prompt.input_value()
    page.goto(f"{artist.base}/prompts")
    assert faults(page) == []
    page.get_by_role("button", name="Delete Apple").click()
    page.get_by_text("None yet.").wait_for()
    page.keyboard.press("/")
    page.wait_for_url("**/create")


def test_it_starts_from_what_is_dropped_and_forgets_it_on_demand(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    page.locator("[data-file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    page.locator("[data-thumb] canvas").wait_for()
    assert faults(page) == []
    page.get_by_label("Take the picture out").click()
    expect(page.locator("[data-start]")).not_to_be_visible()
    artist.newest.locator(".box-picture img").first.drag_to(page.get_by_label("Prompt", exact=True))
    page.locator("[data-thumb] img").wait_for()
    assert page.locator("[name=reference]").input_value() in (
        artist.newest.locator(".box-picture").first.get_attribute("href") or ""
    )
    page.locator("[data-file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"nothing"})
    page.get_by_text("no picture that can be read").wait_for()


def test_it_keeps_varies_and_remixes_a_picture_where_it_stands(visit: Callable[..., Visit]) -> None:
    person = visit()
    person.sign_up()
    page = person.page
    page.get_by_label("Quality").check()
    person.choose_size("256x256")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Stylize").fill("4")
    page.get_by_label("Negative prompt").fill("snow")
    page.keyboard.press("Escape")
    person.create("a red apple", n=1)
    person.wait_until("succeeded")
    marks: list[str] = []

    def keep(route: Route) -> None:
        marks.append(route.request.post_data or "")
        route.fulfill(status=204)

    page.route("**/mark", keep)
    page.locator(".box-picture").focus()
    page.keyboard.press("f")
    expect(page.get_by_label("Keep as a favourite")).to_have_attribute("aria-pressed", "true")
    assert "favourite" in marks[0]

    page.get_by_label("Prompt", exact=True).fill("something else")
    page.get_by_label("Stylize").evaluate("slider => { slider.value = 2; }")
    page.locator(".box-picture").focus()
    page.keyboard.press("r")
    assert page.get_by_label("Prompt", exact=True).input_value() == "a red apple"
    assert page.locator("#id_guidance").input_value() == "4"
    assert page.locator("#id_negative").input_value() == "snow"
    assert page.evaluate("document.activeElement.id") == "id_prompt"

    page.locator(".box-picture").hover()
    assert faults(page) == []
    page.get_by_role("button", name="Vary strongly").click()
    page.locator("[data-generation]").nth(1).wait_for()
    person.wait_until("succeeded")
    expect(person.newest.locator("img")).to_have_count(4)
    expect(person.newest).to_contain_text("Strong variation")
    expect(person.newest).to_contain_text("stylize 4.0")
    assert person.complaints == []


def test_it_skips_pictures_of_a_feed_by_key(visit: Callable[..., Visit]) -> None:
    person = visit()
    person.sign_up()
    person.choose_size("256x256")
    person.open_feed("a red apple")
    page = person.page
    page.locator('[data-box][data-state="done"]').nth(1).wait_for()
    page.locator("body").press("j")
    page.keyboard.press("s")
    skipped = page.locator('[data-box][data-state="skipped"]')
    expect(skipped).to_have_count(1)
    assert page.evaluate("document.activeElement.closest('[data-box]').dataset.index") == "1"
    skipped.get_by_role("button", name="Show the skipped picture again").click()
    expect(skipped).to_have_count(0)
    page.keyboard.press("s")
    expect(skipped).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator('[data-feed][data-state="ended"]').wait_for()
    page.reload()
    assert page.locator('[data-box][data-index="0"]').count() == 0
    assert person.complaints == []
