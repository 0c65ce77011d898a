"""Every page in both themes and at every width: reachable, readable, nothing to the side."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.pages.conftest import Visit

INSIDE = ["/create", "/gallery", "/pictures"]
OUTSIDE = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nothing-here"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def go(visit: Visit, path: str) -> None:
    if path == "/pictures":
        visit.page.goto(f"{visit.base}/gallery")
        visit.page.locator(".shot-picture").first.click()
        visit.page.wait_for_url("**/pictures/*")
    else:
        visit.page.goto(visit.base + path if path in INSIDE else path)


def faults(page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary']}" for fault in found for node in fault["nodes"]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", INSIDE)
def test_it_has_no_barriers_inside(path: str, theme: str, artist: Visit) -> None:
    artist.context.add_cookies([{"name": "theme", "value": theme, "url": artist.url}])
    go(artist, path)
    assert faults(artist.page) == []
    artist.page.locator("summary.rail-item").last.click()
    assert faults(artist.page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", OUTSIDE)
def test_it_has_no_barriers_for_visitors(path: str, theme: str, visit: Callable[..., Visit]) -> None:
    visitor = visit()
    visitor.context.add_cookies([{"name": "theme", "value": theme, "url": visitor.url}])
    go(visitor, path)
    assert faults(visitor.page) == []


@pytest.mark.parametrize("width", [360, 768, 1440, 2560])
@pytest.mark.parametrize("path", INSIDE + OUTSIDE)
def test_it_never_scrolls_sideways(path: str, width: int, artist: Visit, visit: Callable[..., Visit]) -> None:
    reader = artist if path in INSIDE else visit()
    reader.page.set_viewport_size({"width": width, "height": 800})
    go(reader, path)
    assert reader.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_it_remembers_the_theme(visit: Callable[..., Visit]) -> None:
    visitor = visit(color_scheme="light")
    page = visitor.page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    page.goto("/")
    dark = page.evaluate(ground)
    page.get_by_label("Light").check()
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    assert page.evaluate(ground) == light
    page.get_by_label("Dark").check()
    page.goto("/accounts/login/")
    assert page.evaluate(ground) == dark
    page.goto("/")
    page.get_by_label("System").check()
    assert page.evaluate(ground) == light
    assert visitor.complaints == []


def test_it_leads_the_keyboard_past_the_rail(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/gallery")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "shot-picture"


def test_it_stands_still_for_those_who_ask_for_it(visit: Callable[..., Visit]) -> None:
    reader = visit(reduced_motion="reduce")
    reader.sign_up()
    reader.create("a red apple")
    veil = reader.page.locator(".veil").first
    assert veil.evaluate("veil => getComputedStyle(veil).transitionDuration") == "0s"
    reader.wait_until("succeeded")
