"""Credit in a real browser: looked at, paid for at Stripe's page, there."""

from collections.abc import Callable

from tests.pages.conftest import Visit
from tests.pages.test_design import faults


def test_it_is_bought_and_there(visit: Callable[..., Visit]) -> None:
    owner = visit(viewport={"width": 360, "height": 800})
    owner.sign_up()
    page = owner.page

    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))

    page.goto(f"{owner.base}/billing/credits")
    page.get_by_text("Verify your address").wait_for()
    page.get_by_role("radio", name="Other").check()
    page.get_by_label("Other amount").fill("12.50")
    page.get_by_text("178 pictures").wait_for()
    assert (faults(page), fits()) == ([], True)
    page.get_by_role("button", name="Pay at Stripe").click()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Go on").click()

    page.get_by_role("radio", name="$25").check()
    page.get_by_role("button", name="Pay at Stripe").click()
    for field, typed in {"number": "4242424242424242", "expiry": "12 / 34", "cvc": "123", "name": "Pat Payer"}.items():
        page.locator(f"#{field}").fill(typed)
    page.get_by_role("button", name="Pay $25.00").click()
    page.get_by_text("$25.00 of credit is here.").wait_for()
    assert page.locator(".balance-sum").text_content() == "$25.00"
    assert (faults(page), fits()) == ([], True)

    page.goto(f"{owner.base}/settings/sharing")
    page.get_by_text("$0.00 of $5.00 is spent").wait_for()
    assert (faults(page), fits()) == ([], True)
    page.goto(f"{owner.base}/billing/credits/top-up")
    page.get_by_role("button", name="Put in a card and turn on").wait_for()
    assert (faults(page), fits()) == ([], True)
    assert owner.complaints == []
