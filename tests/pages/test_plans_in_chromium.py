"""A plan in a real browser: the gate before Pro, the checkout, a card that fails at the renewal, and a new one."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from aurora_site import connections, fake_stripe
from tests.fakestripe.control import Fake
from tests.live import Site
from tests.pages.conftest import Visit
from tests.pages.test_design import faults

GOOD, DECLINED, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000000341"


@pytest.fixture
def payer(visit: Callable[..., Visit]) -> Iterator[Visit]:
    """Somebody who has just signed up."""
    made = visit(viewport={"width": 390, "height": 844})
    made.sign_up()
    made.context.set_default_timeout(20_000)
    yield made
    assert made.complaints == []


def fill_in(page: Any, card: str) -> None:
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expires").fill("12 / 34")
    page.get_by_label("Security code").fill("123")


def choose(payer: Visit) -> None:
    """From the gate before Pro to the checkout."""
    page = payer.page
    page.goto(f"{payer.base}/create")
    page.get_by_role("link", name="Open Pro with Super").click()
    assert fits(page)
    assert faults(page) == []
    page.get_by_role("button", name="Choose Super").click()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Choose Super").click()
    page.get_by_label("Card number").wait_for()


def pay(page: Any, card: str) -> None:
    fill_in(page, card)
    page.get_by_label("Name on the card").fill("Pat Payer")
    page.get_by_label("Street and number").fill("1 Main Street")
    page.get_by_label("Town").fill("Springfield")
    page.get_by_role("button", name="Subscribe").click()


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def fake_of(live: Site, page_url: str) -> Fake:
    """The fake that the site has started, found by its page in the browser."""
    place = urlsplit(page_url)
    made = fake_stripe.FakeStripe(place.hostname or "", "", place.port or 0, 0, "", connections.secret_key(live.var))
    return Fake(f"http://{place.netloc}", key=made.environment["STRIPE_SECRET_KEY"])


def test_it_opens_pro_at_once_and_closes_nothing_while_a_new_card_is_found(payer: Visit, live: Site) -> None:
    page = payer.page
    choose(payer)
    fake = fake_of(live, page.url)
    pay(page, DECLINED)
    page.get_by_text("Your card was declined.").first.wait_for()
    payer.complaints.clear()  # the answer to a declined card is an error, and the browser says so
    pay(page, FAILS_LATER)
    page.get_by_text("is on the plan Super now").wait_for()
    assert (faults(page), fits(page)) == ([], True)
    page.goto(f"{payer.base}/create")
    page.locator('input[name="mode"][value="pro"]').check()

    fake.advance(days=31.1)
    page.goto(f"{payer.base}/billing/back")
    page.get_by_text("did not go through").first.wait_for()
    page.goto(f"{payer.base}/create")
    page.get_by_text("A payment for the plan Super failed").wait_for()
    assert (faults(page), fits(page)) == ([], True)
    page.get_by_role("button", name="Change the card").click()
    page.get_by_label("Card number").wait_for()
    fill_in(page, GOOD)
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**/billing/")
    assert page.get_by_text("Past due").count() == 0
    page.goto(f"{payer.base}/create")
    assert page.get_by_text("A payment for the plan Super failed").count() == 0
    page.locator('input[name="mode"][value="pro"]').check()
