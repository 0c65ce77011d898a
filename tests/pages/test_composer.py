"""What the composer takes beside words: how a picture is led, what it starts from, one's own prompts, the expander."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from generation import expander
from generation.models import Feed, Generation, SavedPrompt
from tests.pages.conftest import PROMPT

SCRIPT = {"HX-Request": "true"}
GOOD = {"prompt": PROMPT, "mode": "quality", "size": "256x256", "n": "2"}
CLICK = "0b2fbd0e-0000-4000-8000-000000000001"


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


@pytest.fixture
def url(studio) -> str:
    return reverse("pages:create", args=[studio.slug])


def png(side: int = 64) -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(target, "PNG")
    return SimpleUploadedFile("teal.png", target.getvalue(), "image/png")


def newest() -> Any:
    return Generation.objects.order_by("-created_at")[0]


def test_it_keeps_how_the_picture_is_led_and_offers_it_again(url, client) -> None:
    client.post(url, GOOD | {"negative": "snow", "guidance": "4", "variety": "0.5"})
    made = newest()
    assert (made.negative, made.guidance, made.variety) == ("snow", 4.0, 0.5)
    page = client.get(url, {"from": made.pk}).content.decode()
    assert ">snow</textarea>" in page
    assert 'name="guidance" min="1.0" max="8.0" step="0.05" value="4.0"' in page
    assert 'data-negative="snow" data-guidance="4.0" data-variety="0.5"' in page
    client.post(url, GOOD)
    assert (newest().negative, newest().guidance, newest().variety) == ("", None, None)


def test_it_leads_the_pictures_of_feeds_too(url, client) -> None:
    client.post(url, GOOD | {"mode": "speed", "guidance": "4"})
    assert Feed.objects.get().guidance == 4
    assert newest().guidance == 4


@pytest.mark.parametrize("wrong", [{"negative": "x" * 501}, {"guidance": "9"}, {"variety": "much"}])
def test_it_says_beside_the_field_what_cannot_be_drawn(wrong, url, client) -> None:
    (field,) = wrong
    page = client.post(url, GOOD | wrong).content.decode()
    assert page.split(f'id="id_{field}_error">')[1].split("</p>")[0]
    assert not Generation.objects.exists()


def test_it_makes_one_generation_of_one_click(url, client) -> None:
    answers = [client.post(url, GOOD | {"once": CLICK}, headers=SCRIPT) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Generation.objects.count() == 1
    client.post(url, GOOD | {"once": CLICK.replace("1", "2")})
    assert Generation.objects.count() == 2


def test_it_starts_from_an_upload(url, client) -> None:
    assert client.post(url, GOOD | {"image": png(), "strength": "strong"}).status_code == 302
    made = newest()
    assert (made.change, made.reference.picture, made.prompt) == ("strong", None, PROMPT)


def test_it_starts_from_a_picture_of_the_workspace_after_its_own_words(url, client, drawn) -> None:
    picture = drawn(prompt="a cat").pictures.get()
    page = client.get(url, {"reference": picture.pk}).content.decode()
    assert f'name="reference" value="{picture.pk}"' in page
    # In the mode that opens feeds too it is one generation.
    client.post(url, GOOD | {"prompt": "", "mode": "speed", "n": "1", "reference": picture.pk})
    assert (newest().change, newest().reference.picture, newest().prompt) == ("subtle", picture, "a cat")
    assert not Feed.objects.exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"image": SimpleUploadedFile("x.png", b"no picture")}, "no PNG, JPEG or WebP"),
        ({"image": SimpleUploadedFile("x.png", b"")}, "empty"),
        ({"reference": "nonsense"}, "no longer there"),
        ({"reference": CLICK}, "no longer there"),
        ({"image": png(), "strength": "wild"}, "how much changes"),
    ],
)
def test_it_refuses_what_it_cannot_start_from(sent, words, url, client) -> None:
    answer = client.post(url, GOOD | sent, headers=SCRIPT)
    assert answer.status_code == 422
    assert words in answer.json()["errors"]["image"]
    assert not Generation.objects.exists()


def test_it_starts_from_no_private_picture_of_others(url, drawn, client_of, bob) -> None:
    picture = drawn(share=False).pictures.get()
    answer = client_of(bob).post(url, GOOD | {"reference": picture.pk}, headers=SCRIPT)
    assert "no longer there" in answer.json()["errors"]["image"]
    assert str(picture.pk) not in client_of(bob).get(url, {"reference": picture.pk}).content.decode()


def test_it_lists_the_readers_last_prompts_once_each_newest_first(studio, ask, client, bob) -> None:
    for prompt in ("a cat", "a dog", "a cat"):
        ask(prompt=prompt)
    ask(prompt="a secret", by=bob)
    page = client.get(reverse("pages:prompts", args=[studio.slug]), headers=SCRIPT).content.decode()
    assert page.count("data-last") == 2
    assert page.index("a cat") < page.index("a dog")
    assert "secret" not in page


def test_it_keeps_renames_and_deletes_prompts(studio, client, client_of, bob) -> None:
    index = reverse("pages:prompts", args=[studio.slug])
    assert client.post(index, {"text": "a cat\non snow", "name": ""}).status_code == 302
    kept = SavedPrompt.objects.get()
    assert (kept.name, kept.text) == ("a cat", "a cat\non snow")
    assert "another prompt under this name" in client.post(index, {"text": "x", "name": "a cat"}).content.decode()
    rename, delete = (reverse(f"pages:prompt_{act}", args=[studio.slug, kept.pk]) for act in ("rename", "delete"))
    assert client_of(bob).post(delete).status_code == 404
    assert client.post(rename, {"name": ""}).status_code == 422
    assert client.post(rename, {"name": "Winter"}).status_code == 302
    assert "Winter" in client.get(index).content.decode()
    assert "Winter" not in client_of(bob).get(index).content.decode()
    client.post(delete)
    assert not SavedPrompt.objects.exists()


@pytest.mark.parametrize("text", ["", "  ", "x" * 1001, "nul \x00"])
def test_it_keeps_no_prompt_that_cannot_be_drawn(text, studio, client) -> None:
    answer = client.post(reverse("pages:prompts", args=[studio.slug]), {"text": text}, headers=SCRIPT)
    assert answer.status_code == 422
    assert not SavedPrompt.objects.exists()


def test_it_keeps_a_hundred_prompts(studio, alice, client) -> None:
    SavedPrompt.objects.bulk_create(
        SavedPrompt(workspace=studio, person=alice, name=str(number), text="x") for number in range(100)
    )
    answer = client.post(reverse("pages:prompts", args=[studio.slug]), {"text": "one more"}, headers=SCRIPT)
    assert "which is the most" in answer.json()["errors"]["name"]


def test_it_adds_what_a_prompt_leaves_open_and_nothing_else() -> None:
    bare = expander.expand("a red apple")
    assert len(bare.added) == 4
    assert bare == expander.expand("a red apple")
    assert bare.prompt.replace("a red apple", "") == "".join([bare.added[3], *bare.added[:3]])
    full = "a photo of a red apple on the sea at night, lit from the left"
    assert expander.expand(full) == expander.Expansion(full, [])
    assert not any("sky" in piece for piece in expander.expand("밤하늘 아래 사과").added)
    assert expander.expand("x" * 1000).added == []


def test_it_tells_the_composer_what_was_added(studio, client) -> None:
    told = client.get(reverse("pages:expand", args=[studio.slug]), {"prompt": "a cat"}).json()
    assert all(piece in told["prompt"] for piece in told["added"])


def test_it_hides_what_was_skipped_from_its_feed_alone(studio, client, ask) -> None:
    from generation.services import browse, feeds

    feed = feeds.open_feed(workspace=studio, person=ask(prompt="x").requested_by, prompt=PROMPT, size="256x256")
    Generation.objects.filter(feed=feed, feed_index=1).update(status="succeeded")
    skip = reverse("pages:feed_skip", args=[studio.slug, feed.pk])

    def shown() -> list[int | None]:
        feed.refresh_from_db()
        return [one.feed_index for one in browse.feed_row(feed=feed, since=0, limit=9)]

    assert client.post(skip, {"place": "1"}, headers=SCRIPT).status_code == 204
    assert shown() == [0, 2, 3]
    client.post(f"{skip}?wanted=1", {"place": "1"})
    assert shown() == [0, 1, 2, 3]
    client.post(skip, {"place": "77"})
    assert shown() == [0, 1, 2, 3]
    assert client.post(skip, {"place": "-1"}).status_code == 400
