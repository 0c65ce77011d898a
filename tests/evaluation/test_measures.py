"""What is counted of one picture."""

import pytest

from generation.evaluation import measures
from generation.evaluation.asked import Prompt, Wanted
from generation.evaluation.glyphs import folded
from generation.evaluation.judge import Found
from generation.evaluation.reading import distance
from generation.evaluation.seen import Seen

DOG, RED_CAT = Seen("dog", "brown", (2, 2), 2), Seen("cat", "red", (6, 6), 2)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 2)],
)
def test_distance_counts_edits(one: str, other: str, edits: int):
    assert distance(one, other) == distance(other, one) == edits


def test_characters_are_those_of_composed_text():
    prompt = Prompt("", written="서울")
    assert measures.characters(prompt, Found(text="\u1109\u1165\u110b\u116e\u11af")) == (0, 2)
    assert measures.characters(prompt, Found(text="서")) == (1, 2)
    assert measures.characters(prompt, Found()) == (2, 2)
    assert folded(" へ  ヘ ") == "へ へ"


def test_case_matters_to_the_own_reader_alone():
    prompt = Prompt("", written="Open")
    found = Found(text="OPEN", outsider="OPEN")
    assert measures.characters(prompt, found) == (3, 4)
    assert measures.characters_outside(prompt, found) == (0, 4)
    assert measures.characters_outside(prompt, Found(text="Open")) == (0, 0)


def test_a_whole_prompt_is_objects_and_text():
    prompt = Prompt("", (Wanted("dog"),), written="Open")
    assert measures.whole(prompt, Found((DOG,), text="Open")) == (1, 1)
    assert measures.whole(prompt, Found((DOG,), text="Oven")) == (0, 1)
    assert measures.whole(prompt, Found((), text="Open")) == (0, 1)


def test_recall_precision_and_binding():
    prompt = Prompt("", (Wanted("dog", 1, "blue"), Wanted("cat", 1, "red"), Wanted("car", 1, "red"), Wanted("key")))
    found = Found((DOG, RED_CAT, Seen("bus", "red", (2, 6), 2)))
    assert measures.recall(prompt, found) == (2, 4)
    assert measures.precision(prompt, found) == (2, 3)
    assert measures.bound(prompt, found) == (1, 2)
    assert measures.precision(prompt, Found()) == (0, 0)


def test_variety_is_zero_of_copies_and_one_of_strangers():
    assert measures.variety([Found((DOG,))] * 3) == (0, 3)
    assert measures.variety([Found((DOG,)), Found((RED_CAT,))]) == (1, 1)
    assert measures.variety([Found(), Found()]) == (0, 1)
