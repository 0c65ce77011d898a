"""What a click costs, said before it in a real browser, and what is left after it."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.live import Site
from tests.pages.conftest import PROMPT, Visit

# All but two of the day's Quality pictures are used, and there is a dollar of credit.
SEED = """
from django.utils import timezone
from django_scopes import scope
from accounts.models import Workspace
from billing import ledger
from generation.models import Generation
workspace = Workspace.objects.get(slug="{slug}")
with scope(workspace=workspace):
    ledger.grant(workspace=workspace, key="{slug}", amount_micros=1_000_000)
    Generation.objects.create(workspace=workspace, source="page", mode="quality", prompt="x", width=256, height=256,
        n=38, included=38, seed=1, turn=0, turn_end=0, lanes=1, status="succeeded", finished_at=timezone.now())
"""


def test_it_says_what_a_click_costs_and_what_is_left_after_it(visit: Callable[..., Visit], live: Site) -> None:
    person = visit()
    person.sign_up(PROMPT)
    live.manage("shell", "-c", SEED.format(slug=person.base.rpartition("/")[2]))
    page = person.page
    page.reload()
    cost, number = page.locator("[data-cost]"), page.get_by_label("Number of pictures")
    assert cost.text_content() == "Included"
    page.get_by_label("Quality").check()
    expect(cost).to_have_text("Only 2 left today")
    expect(page.get_by_label("Quality 2 of 40 left")).to_be_checked()
    page.get_by_label("Use credit when").check()
    expect(cost).to_have_text("2 included + $0.14")
    page.get_by_label("Use credit when").uncheck()
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#id_n_error")).to_contain_text("2 of today's 40 Quality pictures are left")

    number.select_option("2")
    expect(cost).to_have_text("Included")
    person.choose_size("256x256")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_label("Quality 0 of 40 left")).to_be_checked()
    expect(cost).to_have_text("Nothing left today")
    page.get_by_label("Use credit when").check()
    expect(cost).to_have_text("$0.14 of credit")
    person.wait_until("succeeded")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("[data-credit-words]")).to_have_text("$0.86 there")
    person.wait_until("succeeded")
    page.reload()
    # Remembered for this workspace.
    expect(page.get_by_label("Use credit when")).to_be_checked()
    # The refusal above is an answer of 422, which the browser notes.
    assert [said for said in person.complaints if "422" not in said] == []
