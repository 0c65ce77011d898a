"""A moderator clears the queue by keyboard, in a real browser; and the pages have no barriers."""

import json
from collections.abc import Callable

import pytest

from tests.live import Site
from tests.pages.conftest import Visit
from tests.pages.test_design import SIDEWAYS, faults

MANY = 20
PANEL = "/admin/panel/moderation/"
MAKE = """
import io, json, secrets
from django.conf import settings
from django.test import Client
from django_scopes import scope, scopes_disabled
from PIL import Image, ImageDraw
from accounts.services import users, workspaces
from generation.models import Generation, Picture, Verdict
from generation.services.moderation import holding, reports
from tests.staff_ops.desk import open_session

name = secrets.token_hex(4)
def person(who, **more):
    made = users.create_user(email=f"{who}-{name}@example.org", password=None, display_name=who.title())
    for field, value in more.items():
        setattr(made, field, value)
    made.save()
    return made
def cookie(user):
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    if user.is_staff:
        open_session(browser, user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value
with scopes_disabled():
    # What another test has left.
    Verdict.objects.exclude(state="settled").update(state="settled")
moderator, maker = person("mona", is_staff=True, staff_role="moderator"), person("max")
place = workspaces.personal(maker)
with scope(workspace=place):
    for number in range(MANY):
        made = Generation.objects.create(
            workspace=place, requested_by=maker, source="page", mode="speed", width=256, height=256, n=1, seed=number,
            prompt=f"a knight with a sword, number {number}", turn=0, turn_end=0, lanes=1, status="succeeded")
        image = Image.new("RGB", (256, 256), (60, 90 + 5 * number, 140))
        ImageDraw.Draw(image).polygon([(128, 30), (150, 200), (106, 200)], fill=(220, 220, 230))
        png = io.BytesIO()
        image.save(png, "PNG")
        kept = holding.keep(generation=made, png=png.getvalue(), is_held=number % 2 == 0)
        picture = Picture.objects.create(
            workspace=place, generation=made, index=0, seed=number, width=256, height=256, storage_key=kept.shown.key,
            held_key=kept.held_key, byte_size=kept.shown.byte_size, sha256=kept.shown.sha256, seconds=1, positions=64)
        if number % 5 == 4:
            reports.report(picture=picture, reporter=moderator, reason="violence", words="There is blood on it")
        else:
            Verdict.objects.create(
                workspace=place, generation=made, picture=picture, stage="after", state="open",
                decision="review" if picture.held_key else "flag", reason="Weapons are not drawn here.")
print(json.dumps({"moderator": cookie(moderator), "maker": cookie(maker), "slug": place.slug}))
"""


@pytest.fixture
def people(live: Site) -> dict[str, str]:
    """Twenty pictures of Max wait for Mona: their sessions."""
    found: dict[str, str] = json.loads(live.manage("shell", "--no-imports", "-c", MAKE.replace("MANY", str(MANY))))
    return found


def as_(visit: Callable[..., Visit], session: str, **options: object) -> Visit:
    browser = visit(**options)
    browser.context.add_cookies([{"name": "session", "value": session, "url": browser.url}])
    return browser


def test_a_moderator_clears_a_queue_of_twenty_by_keyboard(visit: Callable[..., Visit], people: dict[str, str]) -> None:
    mona = as_(visit, people["moderator"])
    page, cards = mona.page, mona.page.locator("[data-case]:not(.is-busy)")
    page.goto(PANEL)
    assert cards.count() == MANY
    image = page.locator("[data-case].is-here img")
    blurred = image.get_attribute("src")
    page.keyboard.press("v")
    page.locator("[data-case].is-here img[src$='clear=1']").wait_for()
    page.keyboard.press("v")
    page.locator(f"[data-case].is-here img[src$='{blurred}']").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert cards.nth(1).evaluate("card => document.activeElement === card")
    for number in range(MANY):
        # The last but one is locked: the first press only asks.
        for key in ("l", "l") if number == MANY - 2 else ("abrw"[number % 4],):
            page.keyboard.press(key)
        page.locator(f"[data-waiting]:text-is('{MANY - 1 - number}')").wait_for()
    page.get_by_role("heading", name="Nothing waits").wait_for()
    page.reload()
    page.get_by_role("heading", name="Nothing waits").wait_for()
    for path in ("rules/", "rules/new", "locked"):
        page.goto(PANEL + path)
    page.get_by_role("button", name="Unlock max-").wait_for()
    page.goto(f"{PANEL}statistics")
    assert "Reports by people" in page.locator(".mod-table").inner_text()
    assert mona.complaints == []
    max_ = as_(visit, people["maker"])
    max_.page.goto(f"/w/{people['slug']}/create")
    max_.page.get_by_text("You cannot make pictures at the moment").wait_for()


def test_the_pages_have_no_barriers(visit: Callable[..., Visit], people: dict[str, str]) -> None:
    mona, max_ = as_(visit, people["moderator"]), as_(visit, people["maker"])
    for theme, width in (("dark", 1440), ("light", 360)):
        for reader, paths in (
            (mona, ["", "rules/new", "statistics", "locked"]),
            (max_, ["decisions", "gallery"]),
        ):
            reader.page.set_viewport_size({"width": width, "height": 800})
            for path in paths:
                reader.page.goto(PANEL + path if reader is mona else f"/w/{people['slug']}/{path}")
                reader.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
                if reader is mona:
                    # What Django's admin brings along is its own.
                    assert inside(faults(reader.page)) == [], f"{path} in {theme} at {width}"
                else:
                    assert faults(reader.page) == [], f"{path} in {theme} at {width}"
                    assert reader.page.evaluate(SIDEWAYS) <= 0


def inside(found: list[str]) -> list[str]:
    return [fault for fault in found if "mod-" in fault]
