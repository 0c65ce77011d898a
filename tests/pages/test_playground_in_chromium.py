"""The playground in a real browser: a request with a pasted key, pictures that grow, the same as code."""

import io
import re
from collections.abc import Callable
from typing import Any

from PIL import Image

from tests.live import Site
from tests.pages.conftest import Visit
from tests.pages.test_design import SIDEWAYS, faults


def barriers(page: Any, theme: str, width: int) -> list[str]:
    """What axe finds, and whether anything stands out to the side."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    return [*faults(page), *(["sideways"] if page.evaluate(SIDEWAYS) > 0 else [])]


def test_it_draws_with_a_pasted_key_and_keeps_it_nowhere(visit: Callable[..., Visit], live: Site) -> None:
    developer = visit(permissions=["clipboard-read", "clipboard-write"])
    developer.sign_up()
    page, carriers = developer.page, []
    email = page.locator(".is-me .menu-title").text_content()
    slug = live.manage("create_workspace", "Play", "--owner", email, "--credits", "5")
    key = live.manage("create_api_key", "--workspace", slug)
    page.on("request", lambda sent: carriers.append(sent) if key in str(sent.headers) else None)
    page.goto(f"/w/{slug}/developers/")
    assert barriers(page, "dark", 1440) == []
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
    page.get_by_role("img", name="Picture 1, finished").wait_for()
    page.get_by_text("Done", exact=True).wait_for()
    assert page.get_by_role("img", name="Picture 1").get_attribute("src").startswith("data:image/webp;base64,")
    assert page.locator("[data-fact=status]").inner_text() == "200 OK"
    assert page.locator("[data-fact=first]").inner_text().endswith("s")
    assert page.get_by_text("Paste one of your API keys.").count() == 0
    page.locator("summary", has_text="Events").click()
    events = page.get_by_role("region", name="Events").inner_text()
    # A busy machine skips previews.
    assert 1 <= events.count("event: image_generation.partial_image") <= 3
    assert events.count("event: image_generation.completed") == 1
    page.locator("summary", has_text="Headers").click()
    assert "x-ratelimit-remaining-requests" in page.get_by_role("region", name="Headers").inner_text()

    code = page.get_by_role("region", name="Code", exact=True)
    for language, words in {
        "curl": "it'\\''s a red apple",
        "Python": 'extra_body={"mode": "quality", "seed": 7}',
        "JavaScript": "  seed: 7,",
    }.items():
        page.get_by_label(language, exact=True).check(force=True)
        assert words in code.inner_text()
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert "new OpenAI({" in page.evaluate("navigator.clipboard.readText()")

    assert barriers(page, "light", 360) == []
    assert developer.complaints == []
    assert [sent.url for sent in carriers] == [f"{live.url}/v1/images/generations"]
    assert "cookie" not in carriers[0].all_headers()
    assert key not in page.content() + page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    page.locator("[data-fact=request]").click()
    page.locator(".log-link").click()
    page.get_by_text("it's a red apple").wait_for()
    assert page.locator(".moments li").count() == 5
    assert barriers(page, "dark", 360) == []
    page.get_by_role("link", name="Limits").last.click()
    page.get_by_text(re.compile("1(19|20) left")).wait_for()
    page.go_back()
    page.go_back()
    page.go_back()
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


def _png(*, hole: bool) -> bytes:
    target = io.BytesIO()
    picture = Image.new("RGBA", (256, 256), (200, 40, 40, 255))
    if hole:
        picture.paste((0, 0, 0, 0), (64, 64, 192, 192))
    picture.save(target, "PNG")
    return target.getvalue()


def test_it_edits_and_varies_what_is_uploaded(visit: Callable[..., Visit], live: Site) -> None:
    developer = visit()
    developer.sign_up()
    page = developer.page
    email = page.locator(".is-me .menu-title").text_content()
    slug = live.manage("create_workspace", "Play", "--owner", email, "--credits", "5")
    page.goto(f"/w/{slug}/developers/playground")
    page.get_by_label("API key").fill(live.manage("create_api_key", "--workspace", slug))
    picture, mask = page.get_by_label("Picture", exact=True), page.get_by_label("Mask")
    code = page.get_by_role("region", name="Code", exact=True)
    page.get_by_text("Edit", exact=True).click()
    page.get_by_role("button", name="Run").click()
    page.locator("#play-image[aria-invalid=true]").wait_for()
    assert page.locator("[data-error=image]").inner_text() == "Send the picture to start from as `image`."

    page.get_by_label("Prompt").fill("it's a star")
    picture.set_input_files({"name": "red.png", "mimeType": "image/png", "buffer": _png(hole=False)})
    mask.set_input_files({"name": "hole.png", "mimeType": "image/png", "buffer": _png(hole=True)})
    page.get_by_label("Size").select_option("256x256")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("Done", exact=True).wait_for()
    page.get_by_role("img", name="Picture 1, finished").wait_for()
    words = {
        "curl": ["/images/edits", "-F 'mask=@\"hole.png\"'", "--form-string 'prompt=it'\\''s a star'"],
        "Python": ["client.images.edit(", 'image=Path("red.png")', 'if event.type == "image_edit.completed"'],
        "JavaScript": ["client.images.edit({", 'mask: createReadStream("hole.png")'],
    }
    _see(page, code, words)
    assert barriers(page, "dark", 360) == []

    page.get_by_text("Vary", exact=True).click()
    assert not mask.is_visible()
    page.get_by_label("Strength").select_option("strong")
    page.get_by_label("Prompt").fill("")
    assert "prompt" not in code.inner_text()
    page.get_by_label("Prompt").fill("a star")
    page.get_by_role("button", name="Run").click()
    page.locator("[data-state]", has_text="Drawing").or_(page.get_by_text("Done", exact=True)).wait_for()
    page.get_by_text("Done", exact=True).wait_for()
    page.get_by_role("img", name="Picture 1, finished").wait_for()
    words = {
        "curl": ["/images/variations", "--form-string 'strength=strong'"],
        "Python": ["client.images.create_variation(", '"strength": "strong"', "b64decode(picture.b64_json)"],
        "JavaScript": ["client.images.createVariation({", 'strength: "strong"', 'response_format: "b64_json"'],
    }
    _see(page, code, words)
    assert barriers(page, "light", 1440) == []
    page.get_by_text("Draw", exact=True).click()
    assert not picture.is_visible()
    # The one that was refused, as Chromium sees it.
    assert [one for one in developer.complaints if "400" not in one] == []


def _see(page: Any, code: Any, words: dict[str, list[str]]) -> None:
    for language, said in words.items():
        page.get_by_label(language, exact=True).check(force=True)
        assert [one for one in said if one not in code.inner_text()] == []
