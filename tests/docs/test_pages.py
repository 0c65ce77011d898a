"""The pages of the documentation: what they say is what holds, and everybody can read them."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from billing.plans import PLANS
from generation import codes
from generation.pages.docs import PAGES
from tests.pages.conftest import Visit, chromium, visit
from tests.pages.test_design import RULES, SIDEWAYS, faults

__all__ = ["chromium", "visit"]
WCAG = {"runOnly": [rule for rule in RULES["runOnly"] if rule != "best-practice"]}
URLS = ["/docs/", *(f"/docs/{page.slug}" for page in PAGES[1:])]


def read(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_each_page_leads_to_each_other() -> None:
    for url in URLS:
        page = read(url)
        assert all(f'href="{other}"' in page for other in [*URLS, "/docs/reference"])
        assert "{%" not in page and "https://aurora.example" not in page
    for url in ("/", "/plans"):
        assert 'href="/docs/"' in read(url)
    assert Client().get("/docs/nothing").status_code == 404


@pytest.mark.django_db
def test_they_tell_prices_limits_and_codes(settings) -> None:
    assert all(amount in read("/docs/prices") for amount in ("$0.07", "$0.035", "$700.00", "$25.00", "$150.00"))
    settings.AURORA_REQUESTS_A_MINUTE = {"free": 1234, "super": 0, "team": 7}
    limits = read("/docs/limits")
    assert "1,234" in limits and all(plan.label in limits for plan in PLANS.values())
    assert all(f'id="{problem.code}-{problem.status}"' in read("/docs/errors") for problem in codes.PROBLEMS)


@pytest.mark.django_db
def test_their_anchors_are_there() -> None:
    for url in URLS:
        page = read(url)
        anchors = re.findall(r'href="#([a-z]+)"', page)
        assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_they_can_be_read_by_everybody(visit) -> None:
    reader = visit(viewport={"width": 360, "height": 800})
    for place, url in enumerate([*URLS, "/docs/reference"]):
        theme = ("dark", "light")[place % 2]
        reader.context.add_cookies([{"name": "theme", "value": theme, "url": reader.url}])
        reader.page.goto(url)
        if url == "/docs/reference":
            # What Swagger UI draws is its own.
            reader.page.get_by_text("/v1/credits").wait_for()
            outside = {"include": [["body"]], "exclude": [["#reference"]]}
            assert Axe().run(reader.page, context=outside, options=WCAG).response["violations"] == []
        else:
            assert faults(reader.page) == [], url
        assert reader.page.evaluate(SIDEWAYS) <= 0, url
    assert reader.complaints == []


def test_they_keep_the_language_and_copy(visit) -> None:
    reader: Visit = visit(permissions=["clipboard-read", "clipboard-write"])
    page = reader.page
    page.goto("/docs/")
    page.get_by_role("button", name="Node").first.click()
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert 'from "openai"' in page.evaluate("navigator.clipboard.readText()")
    page.goto("/docs/streaming")
    assert page.locator('[data-file="stream.mjs"]').is_visible() and page.locator('[data-file="stream.py"]').is_hidden()


def test_the_reference_runs_under_the_policy(visit) -> None:
    reader: Visit = visit()
    reader.page.goto("/docs/reference")
    reader.page.get_by_text("/v1/images/generations").click()
    reader.page.get_by_role("button", name="Try it out").wait_for()
    assert reader.complaints == []
