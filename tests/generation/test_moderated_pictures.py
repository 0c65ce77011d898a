"""Pictures that are not allowed: kept back, blurred until somebody has looked, never charged."""

import io
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.storage import default_storage
from PIL import Image

from generation import storage
from generation.models import Generation, Picture, Verdict
from generation.services.moderation import appeals, decide
from tests.generation.conftest import square

IMAGE = 70_000
REASON = "Weapons are not drawn here."


def _stripes() -> bytes:
    image, target = Image.new("RGB", (256, 256), "red"), io.BytesIO()
    image.paste("blue", (128, 0, 256, 256))
    image.save(target, "PNG")
    return target.getvalue()


STRIPES = _stripes()


class Striped:
    """Draws red beside blue at once."""

    name = "striped"

    def draw(self, request: Any, *, should_stop: Callable[[], bool]) -> Iterator[Any]:
        from generation.serving.model import PictureDrawn

        yield PictureDrawn(0, request.seeds[0], STRIPES, 0.1, 64)


def pixels(png: bytes) -> bytes:
    """What is to be seen; the file around it is signed, and so never the same twice."""
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB").tobytes()


class TestPictures:
    def test_a_blocked_one_is_neither_delivered_nor_charged(self, on_red, ask, draw, credit, books, events) -> None:
        on_red("block")
        made = ask(source="api", n=2, seed=255)
        draw(made)
        (picture,) = Picture.objects.all()
        done = Generation.objects.get()
        assert (picture.index, done.status) == (1, "succeeded")
        assert done.error_message == f"Not all pictures were delivered: {REASON}"
        assert books() == (1_000_000 - IMAGE, 0)
        verdict = Verdict.objects.get()
        assert (verdict.stage, verdict.index, verdict.labels["red"]) == ("after", 0, 1.0)
        assert default_storage.exists(verdict.file_key)

    def test_it_ends_blocked_where_none_is_left(self, on_red, ask, draw, credit, books, events) -> None:
        on_red("block")
        made = ask(source="api", seed=255)
        draw(made)
        done = Generation.objects.get()
        assert (done.status, done.error_message) == ("blocked", REASON)
        assert books() == (1_000_000, 0)
        assert events(made)[-1] == "blocked"

    def test_clients_are_told_of_it_alike(self, on_red, ask, draw, credit, body_of) -> None:
        from generation.api import answers

        on_red("block")
        draw(ask(source="api", seed=255))
        status, body = answers._unfinished(Generation.objects.get())
        assert (status, body["error"]["code"], body["error"]["message"]) == (400, "moderation_blocked", REASON)

    def test_it_is_delivered_at_no_cost_where_the_block_was_wrong(
        self, on_red, ask, draw, credit, books, alice, bob
    ) -> None:
        on_red("block")
        draw(ask(source="api", seed=255))
        appeals.appeal(verdict=Verdict.objects.get(), person=alice, words="It is an apple")
        decide.decide(verdict=Verdict.objects.get(), by=bob, outcome="allow")
        picture, verdict = Picture.objects.get(), Verdict.objects.get()
        assert (verdict.picture, verdict.file_key) == (picture, "")
        assert pixels(storage.read_png(picture)) == pixels(square(255, "PNG", 256))
        assert Generation.objects.get().status == "succeeded"
        assert books() == (1_000_000, 0)

    def test_one_to_review_is_delivered_blurred_until_it_is_allowed(self, on_red, ask, draw, bob) -> None:
        on_red("review")
        draw(ask(), Striped())
        picture = Picture.objects.get()
        shown = storage.read_png(picture)
        assert picture.is_held
        assert len(shown) > 0
        assert pixels(shown) != pixels(STRIPES)
        old = picture.storage_key
        decide.decide(verdict=Verdict.objects.get(), by=bob, outcome="allow")
        picture.refresh_from_db()
        assert (picture.is_held, pixels(storage.read_png(picture))) == (False, pixels(STRIPES))
        assert not default_storage.exists(old)
        assert not default_storage.exists(Verdict.objects.get().file_key or "none")

    def test_a_prompt_to_review_shows_no_previews(self, rule, ask, draw, events) -> None:
        rule(action="review")
        made = ask(prompt="a gun", n=2)
        draw(made)
        assert [picture.is_held for picture in Picture.objects.all()] == [True, True]
        assert "preview" not in events(made)

    def test_a_flagged_one_is_delivered_and_looked_at(self, on_red, ask, draw) -> None:
        on_red("flag")
        draw(ask(seed=255))
        verdict = Verdict.objects.get()
        assert (verdict.state, verdict.picture) == ("open", Picture.objects.get(held_key=""))

    def test_classes_of_prompts_are_asked_for_too(self, rule, ask, settings) -> None:
        settings.AURORA_MODERATOR = "tests.generation.labels.ColourBlind"
        rule("loud", kind="class")
        assert [ask(prompt=prompt).status for prompt in ("AN APPLE", "an apple")] == ["blocked", "queued"]
