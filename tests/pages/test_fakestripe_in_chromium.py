"""The pages of the fake of Stripe in a browser: reachable, readable at any width, and paid at by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.fakestripe.control import Fake
from tests.pages.conftest import Visit
from tests.pages.test_design import RULES, SIDEWAYS


@pytest.fixture(scope="module")
def shop() -> Iterator[Fake]:
    with Fake.start() as fake:
        yield fake


def session(fake: Fake) -> Any:
    """Leads back to the fake itself: no other address can be opened here."""
    line: Any = {"price_data": {"currency": "usd", "unit_amount": 3000, "product_data": {"name": "Super"},
                                "recurring": {"interval": "month"}}}  # fmt: skip
    return fake.client().v1.checkout.sessions.create({
        "mode": "subscription", "line_items": [line], "success_url": f"{fake.url}/done", "cancel_url": f"{fake.url}/no",
        "tax_id_collection": {"enabled": True}, "billing_address_collection": "required"})  # fmt: skip


def test_the_pages_have_no_barriers(chromium, shop: Fake) -> None:
    made = session(shop)
    shop.pay(made.url, "4000000000000341", line1="A 1", city="B")
    shop.advance(days=31)
    paid = shop.client().v1.checkout.sessions.retrieve(made.id)
    portal = shop.client().v1.billing_portal.sessions.create({"customer": str(paid.customer)}).url
    late = shop.client().v1.invoices.list({"customer": str(paid.customer)}).data[0].hosted_invoice_url
    other = session(shop)
    for scheme, width in (("dark", 360), ("light", 1280)):
        visit = Visit(chromium, shop.url, color_scheme=scheme, viewport={"width": width, "height": 800})
        for url in (other.url, portal, late, f"{shop.url}/authenticate/{other.id}", f"{shop.url}/checkout/{made.id}"):
            visit.page.goto(url)
            found = Axe().run(visit.page, options=RULES).response["violations"]
            assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == [], url
            assert visit.page.evaluate(SIDEWAYS) <= 0, url
        assert visit.complaints == []
        visit.context.close()


def test_it_is_paid_at_by_hand(chromium, shop: Fake) -> None:
    made = session(shop)
    visit = Visit(chromium, shop.url)
    page = visit.page
    page.goto(made.url)
    fields = {"E-mail": "ada@example.org", "Card number": "4000 0000 0000 0002", "Expires": "12 / 34",
              "Security code": "123", "Name on the card": "Ada", "Street and number": "A 1", "Town": "B"}  # fmt: skip
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Subscribe").click()
    assert page.get_by_label("Card number").get_attribute("aria-describedby") == "number-wrong"
    assert page.locator("#number-wrong").inner_text() == "Your card was declined."
    page.get_by_label("Card number").fill("4000 0025 0000 3155")
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("button", name="Complete authentication").click()
    page.wait_for_url("**/done")
    assert shop.client().v1.checkout.sessions.retrieve(made.id).status == "complete"
    visit.context.close()
