import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from generation import catalog
from generation.aurora.checkpoint import Loaded
from generation.serving.engine import SAMPLING, DrawRequest, Engine, PictureDrawn, RowDrawn, layout


@pytest.fixture(scope="session")
def engine(words, tokenizer, transformer) -> Engine:
    return Engine(Loaded("tiny", words, tokenizer, transformer))


def request(**changes) -> DrawRequest:
    return replace(DrawRequest("a red apple", "speed", 256, 256, (1, 2)), **changes)


def events(engine: Engine, **changes) -> list:
    return list(engine.draw(request(**changes), should_stop=lambda: False))


def test_it_shows_every_row_of_every_picture_before_the_picture(engine: Engine):
    drawn = events(engine)
    rows = [(event.index, event.row) for event in drawn if isinstance(event, RowDrawn)]
    assert rows == [(index, row) for row in range(1, 9) for index in range(2)]
    assert [event.seed for event in drawn[-2:] if isinstance(event, PictureDrawn)] == [1, 2]


def test_it_shows_only_what_is_drawn(engine: Engine):
    first = next(event for event in events(engine) if isinstance(event, RowDrawn))
    alpha = np.asarray(Image.open(io.BytesIO(first.webp)).convert("RGBA"))[..., 3]
    assert (alpha[:32] == 255).all() and (alpha[32:] == 0).all()


def test_it_draws_the_same_bytes_from_the_same_seed(engine: Engine):
    once, again = (events(engine, seeds=(9,))[-1] for _ in range(2))
    assert once.png == again.png
    assert once.png != events(engine, seeds=(10,))[-1].png
    assert once.png != events(engine, seeds=(9,), prompt="a blue sky")[-1].png


@pytest.mark.parametrize("size", sorted({size for mode in catalog.MODES.values() for size in mode.sizes}))
def test_it_draws_every_size_on_offer(engine: Engine, size: catalog.Size):
    picture = events(engine, width=size.width, height=size.height, seeds=(0,))[-1]
    assert Image.open(io.BytesIO(picture.png)).size == (size.width, size.height)


def test_it_knows_every_mode_on_offer():
    assert set(SAMPLING) == set(catalog.MODES)


def test_it_refuses_a_part_of_a_position():
    with pytest.raises(ValueError, match="whole number"):
        layout(250, 256)


def test_it_stops_between_steps(engine: Engine):
    asked = itertools.count()
    drawn = list(engine.draw(request(), should_stop=lambda: next(asked) >= 20))
    assert {event.row for event in drawn if isinstance(event, RowDrawn)} == {1, 2}
    assert not any(isinstance(event, PictureDrawn) for event in drawn)
    assert next(asked) == 21
