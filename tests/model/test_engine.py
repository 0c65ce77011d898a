import io
import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from generation import catalog
from generation.aurora.checkpoint import Loaded
from generation.aurora.stepping import EagerStep
from generation.catalog import Steering
from generation.serving.engine import Engine, layout
from generation.serving.model import DrawRequest, PictureDrawn, RowDrawn, TooLarge

LONGEST = 900


@pytest.fixture(scope="module")
def engine(words, tokenizer, transformer) -> Iterator[Engine]:
    engine = Engine(Loaded("tiny", words, tokenizer, transformer), EagerStep(transformer, kv_rows=8, longest=LONGEST))
    yield engine
    engine.close()


def request(**changes) -> DrawRequest:
    return replace(DrawRequest("a red apple", "speed", 256, 256, (1, 2)), **changes)


def events(engine: Engine, **changes) -> list:
    return list(engine.draw(request(**changes), should_stop=lambda: False))


def test_it_shows_rows_as_they_come_and_then_the_pictures(engine: Engine):
    drawn = events(engine)
    for index in range(2):
        rows = [event.row for event in drawn if isinstance(event, RowDrawn) and event.index == index]
        assert rows and rows == sorted(set(rows)) and rows[-1] < 8
        assert all(event.rows == 8 for event in drawn if isinstance(event, RowDrawn))
    pictures = [event for event in drawn if isinstance(event, PictureDrawn)]
    assert sorted((picture.index, picture.seed) for picture in pictures) == [(0, 1), (1, 2)]
    assert isinstance(drawn[-1], PictureDrawn) and all(picture.positions == 64 for picture in pictures)


def test_it_shows_a_row_of_each_picture_though_previews_come_too_late(engine: Engine, monkeypatch):
    monkeypatch.setattr("generation.serving.engine._Picture._preview", lambda picture: None)
    drawn = events(engine)
    assert [event.row for event in drawn if isinstance(event, RowDrawn)] == [7, 7]
    assert not [event for event in events(engine, previews=False) if isinstance(event, RowDrawn)]


def test_it_shows_only_what_is_drawn(engine: Engine):
    first = next(event for event in events(engine) if isinstance(event, RowDrawn))
    alpha = np.asarray(Image.open(io.BytesIO(first.webp)).convert("RGBA"))[..., 3]
    drawn = first.row * 32
    assert (alpha[:drawn] == 255).all() and (alpha[drawn:] == 0).all()


def test_it_draws_the_same_bytes_from_the_same_seed_alone_and_among_others(engine: Engine):
    alone, again = (events(engine, seeds=(9,))[-1] for _ in range(2))
    assert alone.png == again.png
    assert alone.png != events(engine, seeds=(10,))[-1].png
    assert alone.png != events(engine, seeds=(9,), prompt="a blue sky")[-1].png
    among = [event for event in events(engine, seeds=tuple(range(3, 11))) if isinstance(event, PictureDrawn)]
    assert next(picture.png for picture in among if picture.seed == 9) == alone.png


def test_it_is_led_as_the_request_says_and_else_as_its_mode(engine: Engine):
    own, mode = events(engine, seeds=(9,))[-1].png, catalog.MODES["speed"]
    same = Steering(guidance=mode.guidance, variety=mode.variety)
    assert events(engine, seeds=(9,), steering=same)[-1].png == own
    others = [Steering(guidance=5.0), Steering(variety=0.4), Steering(negative="a blue sky")]
    drawn = [events(engine, seeds=(9,), steering=told)[-1].png for told in others]
    assert len({own, *drawn}) == 4


def test_it_is_led_away_from_words_without_a_prompt(engine: Engine):
    bare, away = (events(engine, seeds=(9,), prompt="", steering=Steering(negative=words))[-1] for words in ("", "sky"))
    assert bare.png != away.png


def test_it_draws_requests_of_many_threads_together(engine: Engine):
    found: dict[int, bytes] = {}

    def draw(seed: int) -> None:
        found[seed] = events(engine, seeds=(seed,), prompt=f"a red apple {seed}")[-1].png

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[3] == events(engine, seeds=(3,), prompt="a red apple 3")[-1].png
    assert len(set(found.values())) == 6


def test_it_draws_first_what_has_the_smaller_turn(engine: Engine):
    drawn = events(engine, seeds=tuple(range(8)), turns=(8, 7, 6, 5, 4, 3, 2, 1))
    order = [event.index for event in drawn if isinstance(event, PictureDrawn)]
    assert set(order[:4]) == {4, 5, 6, 7}


@pytest.mark.parametrize("size", sorted({size for mode in catalog.MODES.values() for size in mode.sizes}))
def test_it_covers_every_size_on_offer(size: catalog.Size):
    (rows, columns), scale = layout(size.width, size.height)
    cell = 32 * scale
    assert 0 <= rows * cell - size.height < cell and 0 <= columns * cell - size.width < cell
    assert rows * columns == catalog.positions(size)


@pytest.mark.parametrize("size", [(256, 256), (1024, 576), (1920, 1080)])
def test_it_draws_pictures_of_exactly_their_size(engine: Engine, size: tuple[int, int]):
    picture = events(engine, width=size[0], height=size[1], seeds=(0,), mode="pro")[-1]
    assert Image.open(io.BytesIO(picture.png)).size == size


def test_it_knows_every_mode_on_offer(engine: Engine):
    assert set(catalog.MODES) == engine.capabilities.modes
    assert engine.capabilities.slots == 4


def test_it_frees_the_slots_of_what_is_stopped_at_once(engine: Engine):
    asked = itertools.count()
    before = engine.room().free
    drawn = list(engine.draw(request(seeds=tuple(range(20))), should_stop=lambda: next(asked) >= 2))
    assert not any(isinstance(event, PictureDrawn) for event in drawn)
    assert events(engine, seeds=(5,))[-1].seed == 5
    assert engine.room().free == before == 4 and engine.room().waiting == 0


def test_it_says_when_a_slot_is_free(engine: Engine):
    told = threading.Event()
    engine.on_room(told.set)
    events(engine, seeds=(1,))
    assert told.wait(5)


def test_it_refuses_what_it_can_never_hold_and_draws_on(engine: Engine):
    with pytest.raises(TooLarge, match="shorten the prompt"):
        events(engine, prompt="ж " * LONGEST)
    assert events(engine, seeds=(5,))[-1].seed == 5


def test_a_failing_step_fails_those_who_were_in_it_only(engine: Engine, monkeypatch):
    def fail(*_):
        raise MemoryError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(engine._batch._step, "body", fail)
        with pytest.raises(MemoryError):
            events(engine)
    assert events(engine, seeds=(5,))[-1].seed == 5
    assert engine.room().free == 4
