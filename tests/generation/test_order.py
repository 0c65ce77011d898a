from typing import Any

import pytest

from generation import catalog
from generation.services import order

BAD = [
    ({"prompt": ""}, "prompt", "missing_required_parameter"),
    ({"prompt": " \n\t "}, "prompt", "missing_required_parameter"),
    ({"prompt": "x" * 1001}, "prompt", "invalid_value"),
    ({"prompt": "nul \x00"}, "prompt", "invalid_value"),
    ({"prompt": "escape \x1b[31m"}, "prompt", "invalid_value"),
    ({"prompt": "c1 \x85 x"}, "prompt", "invalid_value"),
    ({"prompt": "half a pair \ud800"}, "prompt", "invalid_value"),
    ({"mode": "4k"}, "mode", "invalid_value"),
    ({"mode": ""}, "mode", "invalid_value"),
    ({"size": "1x1"}, "size", "invalid_value"),
    ({"size": "512x512 "}, "size", "invalid_value"),
    ({"size": ""}, "size", "invalid_value"),
    ({"size": "1024x1024"}, "size", "invalid_value"),
    ({"size": "1920x1080", "mode": "quality"}, "size", "invalid_value"),
    ({"size": "1024x1024", "mode": "pro"}, "size", "invalid_value"),
    ({"n": 0}, "n", "invalid_value"),
    ({"n": 5}, "n", "invalid_value"),
    ({"n": -1}, "n", "invalid_value"),
    ({"n": "two"}, "n", "invalid_value"),
    ({"n": "²"}, "n", "invalid_value"),
    ({"n": True}, "n", "invalid_value"),
    ({"n": 1.5}, "n", "invalid_value"),
    ({"n": 11, "source": "api"}, "n", "invalid_value"),
    ({"seed": -1}, "seed", "invalid_value"),
    ({"seed": 2**32}, "seed", "invalid_value"),
    ({"seed": "9" * 5000}, "seed", "invalid_value"),
    ({"seed": [1]}, "seed", "invalid_value"),
    ({"negative": "x" * 501}, "negative", "invalid_value"),
    ({"negative": "nul \x00"}, "negative", "invalid_value"),
    *(
        ({name: value}, name, "invalid_value")
        for name in ("guidance", "variety")
        for value in (-1, 9, "nan", "1e1", "much", True, float("nan"), float("inf"), 10**400, [1])
    ),
]
GOOD: dict[str, Any] = {"source": "page", "prompt": "a red apple", "mode": "speed"}


@pytest.mark.parametrize(("change", "field", "code"), BAD)
def test_it_names_the_wrong_field(change: dict, field: str, code: str) -> None:
    with pytest.raises(order.Invalid) as refusal:
        order.read(**GOOD | change)
    assert {name: error[0] for name, error in refusal.value.errors.items()} == {field: code}


def test_it_names_all_wrong_fields_at_once() -> None:
    with pytest.raises(order.Invalid) as refusal:
        order.read(source="page", prompt="", mode="4k", n=0, size="1x1", seed=-1)
    assert set(refusal.value.errors) == {"prompt", "mode", "n", "size", "seed"}


def test_it_takes_exactly_1000_characters() -> None:
    assert len(order.read(**GOOD | {"prompt": " " + "한" * 1000 + "\n"}).prompt) == 1000


def test_it_counts_composed_characters_and_plain_line_ends() -> None:
    assert order.read(**GOOD | {"prompt": "e\u0301\r\nb"}).prompt == "é\nb"


@pytest.mark.parametrize("prompt", ["two\nlines", "a\ttab", "👩‍👩‍👧 family", "«кот» 猫"])
def test_it_takes_text_of_all_kinds(prompt: str) -> None:
    assert order.read(**GOOD | {"prompt": prompt}).prompt == prompt


def test_it_reads_how_the_picture_is_led() -> None:
    assert order.read(**GOOD).steering == catalog.AS_MODE
    wish = order.read(**GOOD | {"negative": " snow ", "guidance": "2.555", "variety": 0})
    assert wish.steering == catalog.Steering("snow", 2.56, 0.0)


def test_it_fills_in_the_defaults_of_the_mode() -> None:
    wish = order.read(**GOOD | {"mode": "quality"})
    assert (wish.n, str(wish.size)) == (4, "512x512")
    assert 0 <= wish.seed <= catalog.MAX_SEED


def test_it_draws_one_for_the_api_by_default_and_up_to_ten() -> None:
    assert order.read(**GOOD | {"source": "api", "mode": "quality"}).n == 1
    assert order.read(**GOOD | {"source": "api", "n": 10}).n == 10


def test_it_reads_what_forms_send() -> None:
    wish = order.read(**GOOD | {"n": "3", "seed": "4294967295", "size": "256x256"})
    assert (wish.n, wish.seed, wish.size) == (3, 2**32 - 1, catalog.Size(256, 256))


def test_it_counts_seeds_on_past_the_last() -> None:
    assert [catalog.seed_of(2**32 - 1, index) for index in (0, 1)] == [2**32 - 1, 0]


@pytest.mark.parametrize(
    ("mode", "ratios"),
    [
        ("speed", {"1:1"}),
        ("quality", {"1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "1:2", "2:1", "9:20", "20:9"}),
        ("pro", {"16:9", "9:16"}),
    ],
)
def test_it_offers_every_aspect_ratio_once_at_most_in_large(mode: str, ratios: set[str]) -> None:
    sizes = catalog.MODES[mode].sizes
    assert {size.ratio for size in sizes} == ratios
    assert len([size for size in sizes if size.ratio != "1:1"]) == len(ratios - {"1:1"})


def test_it_draws_whole_positions_in_every_mode_but_pro() -> None:
    for mode in ("speed", "quality"):
        for size in catalog.MODES[mode].sizes:
            cell = 64 if min(size.width, size.height) >= 512 else 32
            assert (size.width % cell, size.height % cell) == (0, 0)
            assert max(size.width, size.height) <= 20 * cell


@pytest.mark.parametrize(
    ("size", "positions"),
    [
        ((256, 256), 64),
        ((512, 512), 64),
        ((1024, 1024), 256),
        ((1024, 576), 144),
        ((1920, 1080), 510),
        ((512, 480), 240),
    ],
)
def test_it_counts_positions_and_rounds_up(size: tuple[int, int], positions: int) -> None:
    assert catalog.positions(catalog.Size(*size)) == positions
