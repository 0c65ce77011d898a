"""Money and operations in a real browser: books at nothing, four eyes, and a worker that is drained."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.live import Site
from tests.pages.conftest import Visit
from tests.pages.test_design import SIDEWAYS, faults
from tests.staff_ops.desk import cookies

PANEL = "/admin/panel/"
PLACES = ("money/", "money/ledger", "money/adjustments", "money/prices", "operations/", "operations/features",
          "operations/announcements", "operations/jobs", "operations/system")  # fmt: skip


@pytest.fixture(scope="module")
def keys(live: Site) -> dict[str, str]:
    people = (("ann", "finance"), ("ben", "finance"), ("olga", "operator"))
    return {name: key for (name, _), key in zip(people, cookies(live, *people), strict=True)}


@pytest.fixture
def staff(visit: Callable[..., Visit], keys: dict[str, str], live: Site) -> Callable[..., Visit]:
    def come(name: str, **options: Any) -> Visit:
        there = visit(**options)
        there.context.add_cookies([{"name": "session", "value": keys[name], "url": live.url}])
        return there

    return come


def test_four_eyes_move_credit_and_the_books_stay_at_nothing(staff: Callable[..., Visit], visit, live: Site) -> None:
    customer = visit()
    customer.sign_up()
    slug = customer.base.rpartition("/w/")[2]
    asker, colleague = staff("ann"), staff("ben")
    for there in (asker, colleague):
        there.page.goto(f"{PANEL}money/adjustments")
    page = asker.page
    page.get_by_label("Workspace").fill(slug)
    page.get_by_label("Amount in dollars").fill("500")
    page.get_by_label("Reason").fill("Three days without pictures")
    page.get_by_role("button", name="Adjust").click()
    page.get_by_text("It waits for a colleague").wait_for()
    assert page.get_by_role("button", name="Approve").count() == 0
    colleague.page.reload()
    colleague.page.get_by_role("button", name="Approve $500.00").click()
    colleague.page.get_by_text("Approved: the credit is put right.").wait_for()
    page.goto(f"{PANEL}money/")
    page.get_by_text("The books come to nothing.").wait_for()
    assert page.locator("[data-total]").text_content() == "$0.00"
    assert asker.complaints == colleague.complaints == []


def test_a_drained_worker_takes_nothing_new(staff: Callable[..., Visit], visit) -> None:
    operator, artist = staff("olga"), visit()
    artist.sign_up()
    operator.page.goto(f"{PANEL}operations/")
    operator.page.get_by_role("button", name="Drain").click()
    operator.page.get_by_text("claims nothing more.").wait_for()
    try:
        # It says so itself, once it has heard.
        while not operator.page.get_by_text("Drained").count():
            operator.page.reload()
        artist.create("a red apple")
        artist.page.locator('[data-recent] [data-state="queued"]').first.wait_for()
    finally:
        operator.page.get_by_role("button", name="Resume").click()
    operator.page.get_by_text("goes on.").wait_for()
    artist.wait_until("succeeded")
    assert operator.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 390)])
def test_it_has_no_barriers(scheme: str, width: int, staff: Callable[..., Visit]) -> None:
    there = {
        name: staff(name, color_scheme=scheme, viewport={"width": width, "height": 800}) for name in ("ann", "olga")
    }
    wrong = {}
    for place in PLACES:
        one = there["ann" if place.startswith("money") else "olga"]
        one.page.goto(PANEL + place)
        found = faults(one.page)
        if found or one.page.evaluate(SIDEWAYS) > 0:
            wrong[place] = found or ["sideways"]
    assert wrong == {}
    assert there["ann"].complaints == there["olga"].complaints == []
