"""Scores, intervals and how they are told."""

from pathlib import Path
from typing import Any

import pytest

from generation.evaluation import report
from generation.evaluation.figures import Told, figure, interval, nested, wilson


def test_a_value_is_what_counts_of_all_and_a_mean_over_tasks():
    told = figure([Told([(1, 2), (3, 2)], pictures=4), Told([(0, 8)], pictures=8)], 0)
    assert (told["value"], told["n"]) == (0.5, 12)
    assert told["ceiling"] is None and told["floor"] is None


def test_intervals_hold_the_value_and_narrow_with_prompts():
    few = interval([[(1.0, 1.0), (0.0, 1.0)] * 5], 0)
    many = interval([[(1.0, 1.0), (0.0, 1.0)] * 100], 0)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]  # type: ignore[operator]
    assert few == interval([[(1.0, 1.0), (0.0, 1.0)] * 5], 0)


def test_where_all_agree_the_interval_is_not_nothing():
    low, high = interval([[(4.0, 4.0)] * 16], 0)
    assert low == pytest.approx(0.806, abs=0.001) and high == 1
    assert interval([[(0.0, 4.0)] * 16], 0)[0] == 0
    assert interval([[(0.0, 0.0)]], 0) == (None, None)


def test_wilson_is_as_in_tables():
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)


def result(**more: Any) -> dict[str, Any]:
    one = figure([Told([(1, 2)], [(1, 1)], [(9, 10)], [(0, 1)], 2)], 0)
    head = {"model": "aurora", "seed": 0, "commit": None, "images_a_task": 8, "evaluators": {"steps": 5}}
    return head | nested({"geneval.seen.overall": one, "geneval.seen.two": one}) | more


def test_names_with_dots_are_objects_within_objects():
    assert nested({"a.b.c": {"value": 1}, "a.d": {"value": 2}}) == {"a": {"b": {"c": {"value": 1}}, "d": {"value": 2}}}


def test_the_table_has_a_row_a_score():
    lines = report.table(result()).splitlines()
    assert [line.split()[0] for line in lines] == ["score", "geneval.seen.overall", "geneval.seen.two"]
    assert lines[1].split()[1:] == ["0.500", "0.500", "to", "0.500", "1.000", "0.900", "0.000", "2"]


def test_a_card_keeps_all_but_its_block(tmp_path: Path):
    card = tmp_path / "card.md"
    card.write_text(f"# Before\n{report.BEGIN}\nold\n{report.END}\n\nAfter\n")
    for _ in range(2):
        report.write_card(card, result())
    text = card.read_text()
    assert text.startswith(f"# Before\n{report.BEGIN}\naurora, seed 0, commit unknown") and text.endswith("\n\nAfter\n")
    assert "old" not in text and text.count("| geneval.seen.overall | 0.500 |") == 1


def test_a_card_without_a_place_stays_as_it_is(tmp_path: Path):
    card = tmp_path / "card.md"
    card.write_text("# Card\n")
    with pytest.raises(report.NoPlace, match="aurorabench"):
        report.write_card(card, result())
    assert card.read_text() == "# Card\n"
