import random

import pytest
import torch

from generation.aurora import characters
from generation.aurora.layout import Facts
from generation.aurora.plan import BadPlan, Plan, PlannedGroup, PlannedWriting, read, say
from generation.aurora.planning import LONGEST, Planner
from generation.aurora.prefix import Sampling
from generation.aurora.text import TextTokenizer
from generation.training.layout import plan_of, plan_words
from generation.world.sampling import sample_scene
from generation.world.scene import SQUARE
from generation.world.vocabulary import THINGS

WORLD = plan_words(THINGS)
FACTS = Facts(WORLD)


def plan(**changes) -> Plan:
    return Plan(**{"style": "render", "backdrop": "plain", "scenery": ("white",)} | changes)


@pytest.mark.parametrize("grid", [(8, 8), (16, 16), (17, 30)])
def test_it_reads_what_it_says_of_every_scene(grid: tuple[int, int]):
    words = TextTokenizer([], WORLD)
    for seed in range(150):
        wanted = plan_of(sample_scene(seed, grid))
        assert words.decode_plan(words.encode_plan(wanted), grid) == wanted


def test_it_counts_down():
    group = PlannedGroup("apple", "", 2, ((0, 0), (0, 4), (4, 2)))
    counts = [word for category, word in say(plan(groups=(group,))) if category == "count"]
    assert counts == ["3", "2", "1"]


def test_it_refuses_tokens_that_are_no_plan():
    said = say(plan())
    with pytest.raises(BadPlan, match="does not end"):
        read(said[:-1], SQUARE)
    with pytest.raises(BadPlan, match="where one of style belongs"):
        read(said[1:], SQUARE)
    with pytest.raises(BadPlan, match="no plan has"):
        TextTokenizer([], WORLD).decode_plan([3], SQUARE)


def test_it_keeps_letters_of_every_script():
    for text in ("Open 24h!", "Привет", "Ελλάς"[:2], "ねこカメラ", "안녕 한국"):
        assert characters.join(characters.split(text)) == text
    assert characters.split("a🍎b") == ["a", "b"]


def facts_at(wanted: Plan, row: int, column: int) -> set[tuple]:
    names = {number: fact for fact, number in FACTS.ids.items()}
    facts_PF, _ = FACTS.of(wanted, SQUARE)
    return {names[number] for number in facts_PF[row * SQUARE[1] + column].tolist() if number}


def test_it_tells_a_place_what_is_there():
    far, near = PlannedGroup("car", "red", 4, ((2, 2),)), PlannedGroup("apple", "", 2, ((4, 4),))
    wanted = plan(groups=(far, near))
    assert ("front", "thing", "car") in facts_at(wanted, 2, 2)
    both = facts_at(wanted, 4, 4)
    assert {("front", "thing", "apple"), ("behind", "thing", "car"), ("behind", "colour", "red")} <= both
    assert not any("thing" in fact for fact in facts_at(wanted, 0, 0))


def test_it_tells_a_place_which_letters_are_there():
    written = plan(writing=PlannedWriting("sign", "yellow", 2, 1, ("OPEN",)))
    assert {("left", "O"), ("right", "P")} <= facts_at(written, 2, 1)
    assert {("left", "E"), ("right", "N")} <= facts_at(written, 2, 2)
    wide = plan(writing=PlannedWriting("label", "white", 2, 1, ("한",)))
    assert {("wide", "ᄒ"), ("wide", "ᅡ"), ("wide", "ᆫ")} <= facts_at(wide, 2, 1)


def test_it_has_room_for_the_facts_of_every_scene():
    for seed in range(200):
        facts_PF, parts_P = FACTS.of(plan_of(sample_scene(seed)), SQUARE)
        assert facts_PF.max() < FACTS.n_facts and parts_P.max() < FACTS.n_parts
        assert (facts_PF[:, -1] == 0).all(), "the last column would hide what was cut off"


def test_it_writes_only_plans_that_can_be_read(planner: Planner, words: TextTokenizer):
    random = torch.Generator().manual_seed(0)
    for _ in range(6):
        writer, written = planner.writer((3, 4), random, Sampling(plan_temperature=1.0)), []
        while writer.plan is None:
            written.append(writer.write(torch.randn(planner.model.config.d_model, generator=random)))
        assert len(written) <= LONGEST
        assert words.decode_plan(words.encode_plan(writer.plan), (3, 4)) == writer.plan


def test_it_samples_scenes_of_every_kind_it_can_plan():
    rng = random.Random(0)
    for _ in range(50):
        scene = sample_scene(rng.randrange(10**6))
        said = plan_of(scene)
        assert sum(len(group.places) for group in said.groups) == len(scene.items)
