"""The playground in a real browser: a request with a pasted key, pictures that grow, the same as code."""

import secrets
from collections.abc import Callable

from tests.live import Site
from tests.pages.conftest import Visit
from tests.pages.test_design import SIDEWAYS, faults


def test_it_draws_with_a_pasted_key_and_keeps_it_nowhere(visit: Callable[..., Visit], live: Site) -> None:
    slug = live.manage("create_workspace", "Play", "--owner", f"dev-{secrets.token_hex(4)}@example.org")
    key = live.manage("create_api_key", "--workspace", slug)
    developer = visit(permissions=["clipboard-read", "clipboard-write"])
    developer.sign_up()
    page, carriers = developer.page, []
    page.on("request", lambda sent: carriers.append(sent) if key in str(sent.headers) else None)
    page.goto(f"{developer.base}/developers/")
    page.get_by_role("navigation", name="Developers").get_by_role("link", name="Playground").click()

    page.get_by_role("button", name="Run").click()
    page.get_by_text("Paste one of your API keys.").wait_for()
    page.get_by_label("API key").fill(key)
    page.get_by_label("Prompt").fill("it's a red apple")
    page.get_by_label("Mode").select_option("quality")
    page.get_by_label("Size").select_option("256x256")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Format").select_option("webp")
    page.get_by_text("Costs $0.07").wait_for()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("img", name="Picture 1, partial").wait_for()
    page.get_by_role("img", name="Picture 1, finished").wait_for()
    page.get_by_text("Done", exact=True).wait_for()
    assert page.get_by_role("img", name="Picture 1").get_attribute("src").startswith("data:image/webp;base64,")
    facts = page.locator("[data-facts]").inner_text()
    assert "200 OK" in facts
    assert page.get_by_text("Paste one of your API keys.").count() == 0
    page.get_by_text("Events (4)").click()
    events = page.get_by_role("region", name="Events").inner_text()
    assert [events.count(f"event: image_generation.{what}") for what in ("partial_image", "completed")] == [3, 1]
    page.get_by_text("Headers").click()
    assert "x-ratelimit-remaining-requests" in page.get_by_role("region", name="Headers").inner_text()

    code = page.get_by_role("region", name="The same in code")
    for language, words in {
        "curl": "it'\\''s a red apple",
        "Python": 'extra_body={"mode": "quality", "seed": 7}',
        "JavaScript": "  seed: 7,",
    }.items():
        page.get_by_label(language, exact=True).check(force=True)
        assert words in code.inner_text()
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert "new OpenAI({ baseURL:" in page.evaluate("navigator.clipboard.readText()")

    for theme, width in (("dark", 1440), ("light", 360)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert (faults(page), page.evaluate(SIDEWAYS)) == ([], 0), f"{theme} at {width}"
    assert developer.complaints == []
    assert [sent.url for sent in carriers] == [f"{live.url}/v1/images/generations"]
    assert "cookie" not in carriers[0].all_headers()
    assert key not in page.content() + page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    page.reload()
    assert page.get_by_label("API key").input_value() == ""

    # What the API refuses stands beside its field.
    page.get_by_label("API key").fill(key[:-1] + "!")
    page.get_by_role("button", name="Run").click()
    page.locator("#play-key[aria-invalid=true]").wait_for()
    assert page.locator("[data-error=key]").inner_text() == "This API key is not valid."
    page.get_by_label("API key").fill(key)
    page.get_by_label("Seed").fill("many")
    page.get_by_role("button", name="Run").click()
    page.locator("#play-seed[aria-invalid=true]").wait_for()
    assert "(invalid_value)" in page.get_by_role("alert").inner_text()


def test_the_other_pages_have_no_barriers(visit: Callable[..., Visit]) -> None:
    developer = visit()
    developer.sign_up()
    for path in ("", "requests", "requests?outcome=x", "limits"):
        developer.page.goto(f"{developer.base}/developers/{path}")
        for theme, width in (("dark", 1440), ("light", 360)):
            developer.page.set_viewport_size({"width": width, "height": 800})
            developer.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            assert (faults(developer.page), developer.page.evaluate(SIDEWAYS)) == ([], 0), f"{path} {theme} {width}"
