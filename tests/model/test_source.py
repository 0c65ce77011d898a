"""Changes of a picture: a region drawn anew, and variations."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.aurora.checkpoint import Loaded
from generation.aurora.stepping import EagerStep
from generation.serving.engine import Engine
from generation.serving.model import DrawRequest, Origin, PictureDrawn, RowDrawn, Source


@pytest.fixture(scope="module")
def engine(words, tokenizer, transformer) -> Iterator[Engine]:
    engine = Engine(Loaded("tiny", words, tokenizer, transformer), EagerStep(transformer, kv_rows=8, longest=900))
    yield engine
    engine.close()


def file(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def picture(width: int, height: int) -> bytes:
    ramp = np.linspace(0, 255, width * height * 3, dtype=np.uint8).reshape(height, width, 3)
    return file(Image.fromarray(ramp))


def box(width: int, height: int, *corners: int) -> bytes:
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).rectangle(corners, fill=255)
    return file(mask)


def draw(engine: Engine, source: Source, *, size: tuple[int, int] = (256, 256), seed: int = 1) -> list:
    asked = DrawRequest("a red apple", "speed", *size, (seed,), source=source)
    return list(engine.draw(asked, should_stop=lambda: False))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.mark.parametrize(("size", "drawn"), [((256, 256), 4), ((512, 512), 1), ((384, 128), 4)])
def test_it_draws_a_region_and_leaves_the_rest_to_the_bit(engine: Engine, size: tuple[int, int], drawn: int) -> None:
    source = Source(picture(*size), box(*size, 64, 64, 127, 127))
    *_, last = draw(engine, source, size=size)
    assert isinstance(last, PictureDrawn) and last.positions == drawn
    before, after = pixels(source.image), pixels(last.png)
    changed = np.abs(before - after).max(axis=2) > 0
    assert changed[80:112, 80:112].mean() > 0.9
    changed[48:144, 48:144] = False
    assert not changed.any()


def test_it_shows_the_picture_while_it_changes(engine: Engine) -> None:
    source = Source(picture(256, 256), box(256, 256, 0, 128, 255, 160))
    rows = [event for event in draw(engine, source) if isinstance(event, RowDrawn)]
    assert rows and rows[0].row >= 4


def test_a_subtle_variation_draws_less_than_a_strong_one(engine: Engine) -> None:
    image = picture(256, 256)
    subtle, strong = (draw(engine, Source(image, share=share))[-1] for share in (0.25, 0.75))
    assert (subtle.positions, strong.positions) == (16, 48)
    assert draw(engine, Source(image, share=0.25))[-1].png == subtle.png
    assert draw(engine, Source(image, share=0.25), seed=2)[-1].png != subtle.png


def test_a_region_follows_the_plan_of_the_picture(engine: Engine) -> None:
    image, mask = picture(256, 256), box(256, 256, 64, 64, 127, 127)
    known, other = (Source(image, mask, origin=Origin("a red apple", seed)) for seed in (1, 2))
    assert draw(engine, known)[-1].png == draw(engine, known)[-1].png
    assert draw(engine, known)[-1].png != draw(engine, other)[-1].png
    assert draw(engine, Source(image, mask, origin=Origin("a blue cup", 1)))[-1].positions == 4


def test_an_empty_mask_draws_as_little_as_there_is(engine: Engine) -> None:
    assert draw(engine, Source(picture(256, 256), file(Image.new("L", (256, 256)))))[-1].positions == 1
