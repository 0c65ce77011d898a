"""The endless feed in a real browser, against the real site with its real model."""

import time
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from tests.pages.conftest import PROMPT, Visit
from tests.pages.test_design import faults

DONE = '[data-box][data-state="done"]'
SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# What a browser says when its tab goes into the background, or comes back.
TURN = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def done(page) -> list[int]:
    places: list[int] = page.locator(DONE).evaluate_all("boxes => boxes.map((box) => Number(box.dataset.index))")
    return places


def wait_for(page, pictures: int) -> None:
    page.locator(DONE).nth(pictures - 1).wait_for(state="attached")


def look(reader: Visit, feed: str) -> str:
    """The feed as the server knows it; looking does not wake it."""
    cookies = {cookie["name"]: cookie["value"] for cookie in reader.context.cookies()}
    return httpx.get(feed, cookies=cookies, headers={"HX-Request": "true"}).text


@pytest.fixture
def reader(visit: Callable[..., Visit]) -> Visit:
    """Somebody in front of a feed, in a window that holds few pictures."""
    person = visit(viewport={"width": 800, "height": 700})
    person.page.add_init_script(SHIFTS)
    person.sign_up()
    person.page.get_by_label("Speed").check()
    assert not person.page.get_by_label("Number of pictures").is_visible()
    person.choose_size("256x256")
    person.open_feed(PROMPT)
    return person


def test_it_draws_on_while_its_reader_scrolls_and_moves_nothing(reader: Visit) -> None:
    page = reader.page
    page.locator('[data-box][data-state="drawing"]').first.wait_for()
    wait_for(page, 4)
    for _ in range(4):
        page.mouse.wheel(0, 500)
        before = len(done(page))
        wait_for(page, before + 1)
    assert page.evaluate("document.querySelector('[data-feed]').dataset.state") == "running"
    shown = done(page)
    assert shown == sorted(shown)
    assert page.locator(f"{DONE} img").first.get_attribute("alt") == PROMPT
    assert page.evaluate("shifts") < 0.01
    assert reader.complaints == []


def test_it_waits_a_few_pictures_ahead_of_a_reader_who_stays(reader: Visit) -> None:
    page = reader.page
    page.get_by_text("More is drawn as you scroll on.").wait_for()
    boxes = page.locator("[data-box]").count()
    in_view = page.locator(DONE).evaluate_all(
        "boxes => boxes.filter((box) => box.getBoundingClientRect().top < innerHeight).length"
    )
    assert boxes == len(done(page)) == in_view + 4
    page.wait_for_timeout(4000)
    assert page.locator("[data-box]").count() == boxes


def test_it_stops_in_a_hidden_tab_and_goes_on_in_view(reader: Visit) -> None:
    page = reader.page
    wait_for(page, 1)
    beats: list[str] = []
    page.on("request", lambda request: beats.append(request.url) if request.method == "POST" else None)
    page.evaluate(TURN, "hidden")
    assert page.locator("[data-words]").text_content() == "Paused while this tab is hidden."
    assert page.title().startswith("Paused")
    page.wait_for_timeout(17_000)
    assert len(beats) <= 1, "one may have been under way"
    told = look(reader, page.url)
    assert 'data-state="paused"' in told
    assert 'data-state="waiting"' not in told
    before = len(done(page))
    page.evaluate(TURN, "visible")
    page.locator('[data-feed][data-state="running"]').wait_for()
    wait_for(page, before + 1)
    page.wait_for_function("!document.title.startsWith('Paused')")
    assert reader.complaints == []


def test_it_pauses_when_its_page_is_closed(reader: Visit) -> None:
    page, feed = reader.page, reader.page.url
    wait_for(page, 1)
    page.goto("about:blank")
    until = time.monotonic() + 30
    while 'data-state="paused"' not in look(reader, feed):
        assert time.monotonic() < until
        page.wait_for_timeout(500)
    assert 'data-state="waiting"' not in look(reader, feed)


def test_it_draws_another_prompt_without_loading_the_page_anew(reader: Visit) -> None:
    page = reader.page
    wait_for(page, 1)
    page.evaluate("window.same = true")
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("")
    prompt.press("Enter")
    page.get_by_text("Write what the picture should show.").wait_for()
    page.wait_for_timeout(4000)
    assert page.get_by_text("Write what the picture should show.").is_visible(), "a heartbeat does not wipe it away"
    prompt.fill("a cat on snow")
    prompt.press("Enter")
    heading = page.get_by_role("heading", name="a cat on snow")
    heading.wait_for()
    page.locator(f"{DONE} img[alt='a cat on snow']").first.wait_for()
    order = page.locator(f"{DONE} img").evaluate_all("images => images.map((image) => image.alt)")
    assert order == sorted(order, key=["a red apple on the left on green grass", "a cat on snow"].index)
    assert page.evaluate("same")
    assert page.get_by_text("Write what the picture should show.").count() == 0


def test_it_keeps_everything_over_a_reload(reader: Visit) -> None:
    page = reader.page
    wait_for(page, 2)
    page.evaluate("document.querySelector('[data-act=pause]').click()")
    page.locator('[data-feed][data-state="paused"]').wait_for()
    expect(page.locator('[data-state="drawing"]')).to_have_count(0, timeout=60_000)
    shown = done(page)
    page.reload()
    assert set(shown) <= set(done(page))
    # A reader is there again.
    page.locator('[data-feed][data-state="running"]').wait_for()
    wait_for(page, len(shown) + 1)
    page.goto(f"{reader.base}/create")
    card = page.locator("[data-feed-card]")
    assert card.locator("img").count() == min(4, len(shown) + 1)
    assert page.locator("[data-generation]").count() == 0
    card.get_by_role("link", name="Go on with this feed").click()
    page.wait_for_url("**/feeds/*")
    assert reader.complaints == []


def test_it_is_worked_by_the_keyboard(reader: Visit) -> None:
    page = reader.page
    page.get_by_text("More is drawn as you scroll on.").wait_for()
    focused = "document.activeElement.closest('[data-box]')?.dataset.index"
    for key, index in (
        ("j", "0"),
        ("ArrowDown", "1"),
        ("j", "2"),
        ("ArrowLeft", "1"),
        ("ArrowUp", "0"),
        ("ArrowUp", "0"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(focused) == index, key
    page.keyboard.press(" ")
    page.locator('[data-feed][data-state="paused"]').wait_for()
    assert page.locator("[data-announce]").text_content() == "Paused."
    page.keyboard.press(" ")
    page.locator('[data-feed][data-state="running"]').wait_for()
    page.keyboard.press("/")
    page.keyboard.type(" jk")
    assert page.get_by_label("Prompt", exact=True).input_value() == f"{PROMPT} jk"
    page.keyboard.press("Escape")
    assert page.locator('[data-feed][data-state="running"]').count() == 1
    page.keyboard.press("Escape")
    page.locator('[data-feed][data-state="ended"]').wait_for()
    assert page.locator("[data-words]").text_content().startswith("Ended after ")
    assert page.get_by_role("button", name="Stop").count() == 0
    ended = page.url
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(lambda url: "/feeds/" in url and url != ended)
    assert reader.complaints == []


def test_it_needs_one_event_stream(reader: Visit) -> None:
    page, opened, reader_page = reader.page, [], reader.page.url
    wait_for(page, 1)
    page.on("request", lambda request: opened.append(request.url) if "/events/" in request.url else None)
    page.goto(reader_page)
    wait_for(page, 4)
    assert len(opened) == 1
    assert f"/events/{reader_page.rpartition('/')[2]}?" in opened[0]


@pytest.mark.parametrize(("theme", "width"), [("dark", 1280), ("light", 800), ("dark", 360)])
def test_it_has_no_barriers(theme: str, width: int, reader: Visit) -> None:
    page = reader.page
    page.set_viewport_size({"width": width, "height": 800})
    reader.context.add_cookies([{"name": "theme", "value": theme, "url": reader.url}])
    page.reload()
    wait_for(page, 2)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    buttons = page.locator("[data-act]:visible")
    assert buttons.evaluate_all("all => Math.max(...all.map((one) => one.getBoundingClientRect().right))") < width - 16
    page.keyboard.press("Escape")
    page.locator('[data-feed][data-state="ended"]').wait_for()
    assert faults(page) == []


def test_it_draws_without_scripts(visit: Callable[..., Visit]) -> None:
    person = visit(java_script_enabled=False)
    person.sign_up(PROMPT)
    page = person.page
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/feeds/*")
    # The page asks again by itself until the picture is there.
    page.locator(f"{DONE} img").first.wait_for()
    # Nobody says any more that they are there: what is not begun is taken back.
    page.get_by_text("Paused.").wait_for()
    before = len(done(page))
    page.get_by_role("button", name="Draw more").click()
    wait_for(page, before + 1)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Ended after").wait_for()
