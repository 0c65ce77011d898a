"""The way of a prompt in a real browser, against the real site with its real model."""

import time
from collections.abc import Callable

from tests.live import Site
from tests.pages.conftest import PROMPT, Visit

# Keeps every state of a canvas in which a row was added. It begins before the click: the first row may come at once.
WATCH = """() => {
  window.previews = [];
  new MutationObserver((changes) => {
    for (const { target: box } of changes) {
      if (!(box.dataset.row > 0)) continue;
      previews.push([Number(box.dataset.row), box.querySelector("canvas").toDataURL()]);
      document.documentElement.dataset.previewed = "";
    }
  }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-row"] });
}"""


def test_it_draws_in_front_of_a_newcomer_and_keeps_the_picture(visit: Callable[..., Visit], record_property) -> None:
    newcomer = visit()
    newcomer.sign_up(PROMPT)
    page = newcomer.page
    assert page.get_by_label("Prompt", exact=True).input_value() == PROMPT
    page.get_by_label("Quality").check()
    page.get_by_label("Number of pictures").select_option("1")

    page.evaluate(WATCH)
    clicked = time.monotonic()
    page.get_by_role("button", name="Create").click()
    page.locator("html[data-previewed]").wait_for()
    first_row = time.monotonic() - clicked
    record_property("seconds_to_first_row", round(first_row, 2))
    print(f"click to first row: {first_row:.2f} s")
    assert first_row < 20

    newcomer.wait_until("succeeded")
    previews = page.evaluate("previews")
    assert [row for row, _ in previews] == sorted({row for row, _ in previews})
    assert page.locator("[data-words]").first.text_content().startswith("Done in ")

    page.reload()
    picture = newcomer.newest.locator("img")
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth; }") == 512
    assert picture.get_attribute("alt") == PROMPT

    page.get_by_role("link", name="Gallery", exact=True).click()
    page.wait_for_url(f"{newcomer.base}/gallery")
    shot = page.locator(".shot")
    assert shot.count() == 1
    assert PROMPT in shot.text_content()
    assert shot.locator("img").evaluate("async image => { await image.decode(); return image.naturalWidth; }") == 512
    shot.locator("a").first.click()
    page.wait_for_url(f"{newcomer.base}/pictures/*")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".png")
    assert newcomer.complaints == []


def test_it_resumes_after_a_reload_in_mid_picture_without_moving_anything(visit: Callable[..., Visit]) -> None:
    reader = visit()
    reader.sign_up()
    reader.page.add_init_script("""
        window.shifts = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
    """)
    reader.create(PROMPT, mode="Quality", n=4)
    reader.page.locator('[data-box][data-state="drawing"]').first.wait_for()
    reader.page.reload()
    reader.page.locator('[data-recent] [data-state="drawing"]').first.wait_for()
    assert reader.page.get_by_role("button", name="Stop").count() == 2
    reader.wait_until("succeeded")
    assert reader.newest.locator("img").count() == 4
    assert reader.page.evaluate("shifts") < 0.01
    assert reader.complaints == []


def test_it_asks_for_a_new_ticket_when_the_stream_is_refused(visit: Callable[..., Visit]) -> None:
    reader = visit()
    reader.sign_up()
    refused: list[str] = []

    def refuse_once(route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=403, body="This ticket is too old.")

    reader.page.route("**/events/**", refuse_once)
    reader.create(PROMPT)
    reader.wait_until("succeeded")
    assert len(refused) == 1


def test_it_stops_when_asked_and_says_what_was_not_charged(visit: Callable[..., Visit]) -> None:
    person = visit()
    person.sign_up()
    person.create(PROMPT, mode="Quality", n=4)
    person.page.locator('[data-recent] [data-state="drawing"]').first.wait_for()
    person.page.locator("[data-go]").click()
    person.wait_until("canceled")
    assert person.page.locator("[data-words]").first.text_content() == "Stopped. Nothing was charged."
    assert person.page.locator("[data-go]").text_content().strip().endswith("Create")
    person.page.goto(f"{person.base}/gallery")
    assert person.page.locator(".shot").count() == 0
    assert person.complaints == []


def test_it_draws_several_one_after_the_other_newest_first(visit: Callable[..., Visit]) -> None:
    person = visit()
    person.sign_up()
    person.page.get_by_label("Quality").check()
    person.page.get_by_label("Number of pictures").select_option("1")
    for count, prompt in enumerate(("a cat on snow", "a key on sand", "a star", "a heart"), 1):
        person.page.get_by_label("Prompt", exact=True).fill(prompt)
        person.page.keyboard.press("Enter")
        person.page.locator("[data-generation]").nth(count - 1).wait_for()
    person.page.locator('[data-generation][data-state="succeeded"]').nth(3).wait_for()
    assert person.page.locator(".label-prompt").all_text_contents() == [
        "a heart",
        "a star",
        "a key on sand",
        "a cat on snow",
    ]
    assert person.complaints == []


def test_it_shows_how_the_line_moves_up(visit: Callable[..., Visit]) -> None:
    reader = visit()
    reader.sign_up()
    reader.page.get_by_label("Quality").check()
    reader.choose_size("1024x1024")
    for count in range(1, 9):  # as many as may wait: a quick machine draws four while they are asked for
        # Another prompt each time: with the same one, the button would stop the last.
        reader.create(f"{PROMPT}, {count}", n=4)
        reader.page.locator("[data-generation]").nth(count - 1).wait_for()
    ahead = (
        "Number(document.querySelector('[data-recent] [data-words]').textContent.match(/behind ([0-9]+) picture/)?.[1])"
    )
    reader.page.wait_for_function(f"{ahead} > 4")
    first = reader.page.evaluate(ahead)
    reader.page.wait_for_function(f"first => {ahead} < first", arg=first)
    reader.wait_until("succeeded")
    assert reader.complaints == []


def test_it_shows_errors_beside_their_fields_and_loses_nothing(visit: Callable[..., Visit]) -> None:
    person = visit()
    person.sign_up()
    page = person.page
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("   ")
    prompt.press("Enter")
    page.get_by_text("Write what the picture should show.").wait_for()
    assert prompt.get_attribute("aria-invalid") == "true"
    assert "id_prompt_error" in prompt.get_attribute("aria-describedby")

    prompt.fill("é" * 1001)
    assert page.locator("[data-count]").text_content() == "1,001 / 1,000"
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Seed", exact=True).fill("seven")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("The prompt has 1,001 characters").wait_for()
    assert page.locator("#id_seed_error").text_content().startswith("The seed must be a whole number")
    assert prompt.input_value() == "é" * 1001
    assert page.get_by_label("Seed", exact=True).input_value() == "seven"
    assert page.locator("[data-generation]").count() == 0


def test_it_is_worked_by_the_keyboard(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.press("Escape")
    assert page.evaluate("document.activeElement.id") != "id_prompt"
    page.keyboard.press("2")
    assert page.get_by_label("Quality").is_checked()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "id_prompt"
    prompt.fill("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    assert prompt.input_value() == "one\ntwo"

    page.goto(f"{artist.base}/gallery")
    page.locator(".shot-picture").first.click()
    page.wait_for_url("**/pictures/*")
    first = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(first)
    page.keyboard.press("Escape")
    page.wait_for_url("**/gallery")


# Fifty more pictures in the newest workspace, without drawing them.
CLONE = """
import uuid
from django_scopes import scopes_disabled
from generation.models import Picture
with scopes_disabled():
    picture = Picture.objects.select_related("generation").get(workspace__slug="{slug}", index=0)
    for _ in range(50):
        row = picture.generation
        row.pk, row._state.adding, row.idempotency_key = uuid.uuid4(), True, None
        row.save()
        picture.pk, picture._state.adding, picture.generation = uuid.uuid4(), True, row
        picture.save()
"""


def test_it_shows_more_of_the_gallery_and_goes_on_from_there(visit: Callable[..., Visit], live: Site) -> None:
    person = visit()
    person.sign_up()
    person.create(PROMPT)
    person.wait_until("succeeded")
    live.manage("shell", "-c", CLONE.format(slug=person.base.rpartition("/")[2]))
    page = person.page
    page.goto(f"{person.base}/gallery")
    assert page.locator(".shot").count() == 40
    page.get_by_role("link", name="Show more").click()
    page.locator(".shot").nth(50).wait_for()
    assert page.locator(".shot").count() == 51
    assert page.get_by_role("link", name="Show more").count() == 0
    focused = "[...document.querySelectorAll('.shot-picture')].indexOf(document.activeElement)"
    page.wait_for_function(f"{focused} === 40")
    assert person.complaints == []


def test_it_offers_the_sizes_of_the_mode_and_locks_pro(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    offered = "[...document.querySelectorAll('[name=size]:enabled')].map((size) => size.value)"
    assert page.evaluate(offered) == ["256x256", "512x512"]
    page.get_by_label("Quality").check()
    assert len(page.evaluate(offered)) == 14
    artist.choose_size("576x1024")
    drawn = page.locator("[data-shape] rect").bounding_box()
    assert drawn["height"] > drawn["width"]
    page.get_by_label("Speed").check()
    assert page.locator("[name=size]:checked").input_value() == "512x512"
    page.get_by_role("link", name="Open Pro with Super").click()
    page.get_by_role("heading", name="Plans").wait_for()
    assert artist.complaints == []


def test_it_keeps_a_draft_from_page_to_page(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    page.get_by_label("Prompt", exact=True).fill("half a thought")
    page.goto(f"{artist.base}/gallery")
    page.goto(f"{artist.base}/create")
    assert page.get_by_label("Prompt", exact=True).input_value() == "half a thought"


def test_it_uses_an_earlier_prompt_and_seed_again(artist: Visit) -> None:
    page = artist.page
    page.goto(f"{artist.base}/create")
    prompt = artist.newest.locator(".label-prompt").text_content()
    artist.newest.get_by_role("link", name="Use this prompt").click()
    assert page.get_by_label("Prompt", exact=True).input_value() == prompt
    assert page.get_by_label("Quality").is_checked()
    artist.newest.get_by_role("link", name="Use this seed").click()
    assert page.get_by_label("Seed", exact=True).input_value().isdecimal()


def test_it_works_without_scripts(visit: Callable[..., Visit]) -> None:
    person = visit(java_script_enabled=False)
    person.sign_up(PROMPT)
    page = person.page
    page.get_by_label("Quality").check()
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/create#generation-*")
    # The page asks again by itself until the picture is there.
    page.locator("[data-generation] img").wait_for()
    page.get_by_label("Prompt", exact=True).fill("")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("Write what the picture should show.").wait_for()
