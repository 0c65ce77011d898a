"""Every page in both themes and at every width: reachable, readable, nothing to the side."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.pages.conftest import Visit

INSIDE = ["/create", "/gallery", "/pictures"]
ACCOUNT = [
    ("/account/profile", "dark", 1280),
    ("/account/profile", "light", 360),
    ("/accounts/2fa/", "dark", 360),
    ("/accounts/email/", "light", 360),
    ("/accounts/sessions/", "light", 1280),
]
OUTSIDE = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/plans", "/nothing-here"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
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


@pytest.mark.parametrize(("theme", "width"), [("dark", 1280), ("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("path", INSIDE)
def test_it_has_no_barriers_inside(path: str, theme: str, width: int, artist: Visit) -> None:
    artist.page.set_viewport_size({"width": width, "height": 800})
    artist.context.add_cookies([{"name": "theme", "value": theme, "url": artist.url}])
    go(artist, path)
    assert faults(artist.page) == []
    artist.page.locator("summary.rail-item").last.click()
    assert faults(artist.page) == []


def test_it_has_no_barriers_around_the_account(artist: Visit) -> None:
    for path, theme, width in ACCOUNT:
        artist.page.set_viewport_size({"width": width, "height": 800})
        artist.context.add_cookies([{"name": "theme", "value": theme, "url": artist.url}])
        go(artist, path)
        assert faults(artist.page) == [], f"{path} in {theme} at {width}"
        assert artist.page.evaluate(SIDEWAYS) <= 0, f"{path} at {width}"


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
    assert reader.page.evaluate(SIDEWAYS) <= 0


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
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{artist.base}/gallery")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Bin"


def test_it_stands_still_for_those_who_ask_for_it(visit: Callable[..., Visit]) -> None:
    reader = visit(reduced_motion="reduce")
    reader.sign_up()
    reader.create("a red apple")
    veil = reader.page.locator(".veil").first
    assert veil.evaluate("veil => getComputedStyle(veil).transitionDuration") == "0s"
    reader.wait_until("succeeded")


# Paints a token's colour and reads its luminance back, as WCAG reckons it.
CONTRAST = """([one, other]) => {
  const luminance = (token) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--${token})`;
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.fillStyle = getComputedStyle(probe).color;
    context.fillRect(0, 0, 1, 1);
    probe.remove();
    const linear = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}"""
GROUNDS = ["ground", "panel", "well"]
NEEDED = {"ink": 7, "soft": 4.5, "danger": 4.5, "edge": 3, "focus": 3}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_its_colours_stand_out(theme: str, visit: Callable[..., Visit]) -> None:
    """Axe cannot see through the composer's layers; the tokens themselves can be measured."""
    visitor = visit()
    visitor.context.add_cookies([{"name": "theme", "value": theme, "url": visitor.url}])
    visitor.page.goto("/")
    for token, least in NEEDED.items():
        for ground in GROUNDS:
            found = visitor.page.evaluate(CONTRAST, [token, ground])
            assert found >= least, f"{token} on {ground} in {theme}: {found:.2f}"
    assert visitor.page.evaluate(CONTRAST, ["soft", "hover"]) >= 4.5
