import random
import re
from collections import Counter

import pytest

from generation.world.caption import LONGEST, caption
from generation.world.parse import parse
from generation.world.phrases import plural, with_article
from generation.world.sampling import KINDS, sample_scene
from generation.world.scene import Backdrop, Group, Light, Place, Relation, Scene, Writing, region
from generation.world.split import is_held_out
from generation.world.vocabulary import COLOURS, INVERSE, THINGS, Thing, many_things

GRASS = Backdrop("outdoor", "blue", "grass", horizon=4)
BY_NAME = {thing.name: thing for thing in THINGS}


def pairs(count: int, kind: str | None = None):
    """Scenes, each with one caption."""
    for seed in range(count):
        scene = sample_scene(seed, kind=kind)
        yield scene, caption(scene, random.Random(seed))


def group(name: str, colour: str | None = None, places: int = 1, size: str = "") -> Group:
    return Group(BY_NAME[name], colour, size, tuple(Place(4, 3 * number, 2) for number in range(places)))


def phrasings(scene: Scene, count: int = 300, length: int | None = None) -> set[str]:
    return {caption(scene, random.Random(seed), length) for seed in range(count)}


def facts(thing: Thing, count: int, colour: str | None) -> tuple[str, int, str | None]:
    """What can be compared: a thing may be told in its own colour."""
    return thing.name, count, None if colour == thing.own_colour else colour


@pytest.mark.parametrize("kind", KINDS)
def test_it_names_everything_with_count_and_colour(kind: str):
    for scene, told in pairs(150, kind):
        there = Counter(facts(group.thing, group.count, group.colour) for group in scene.groups)
        assert Counter(facts(said.thing, said.count, said.colour) for said in parse(told).things) == there, told


def test_it_names_a_colour_whenever_it_is_not_the_things_own():
    scene = Scene(0, GRASS, (group("apple", "red"), group("banana", "blue")))
    for told in phrasings(scene):
        assert "red apple" in told.lower() and "blue banana" in told.lower(), told


def test_it_tells_sizes_truly_and_not_always():
    told_sizes: Counter[bool] = Counter()
    for scene, told in pairs(400):
        sizes = {(group.thing, group.colour): group.size for group in scene.groups}
        for said in parse(told).things:
            size = sizes.get((said.thing, said.colour), sizes.get((said.thing, None), ""))
            assert said.size in ("", size), told
            told_sizes[bool(said.size)] += bool(size)
    assert told_sizes[True] > 50 and told_sizes[False] > 50


def test_it_tells_the_relation_from_either_side():
    directions: Counter[bool] = Counter()
    for scene, told in pairs(400, "pair"):
        said = parse(told)
        assert scene.relation and said.relation, told
        first, name, second = said.relation
        ends = said.things[first].thing, said.things[second].thing
        first_there, second_there = (
            scene.groups[number].thing for number in (scene.relation.first, scene.relation.second)
        )
        if name == scene.relation.name:
            assert ends == (first_there, second_there), told
        else:
            assert name == INVERSE[scene.relation.name] and ends == (second_there, first_there), told
        directions[name == scene.relation.name] += 1
    assert min(directions.values()) > 100


def test_it_tells_no_relation_where_there_is_none():
    for kind in ("one", "count", "few", "crowd", "text"):
        for _, told in pairs(120, kind):
            assert parse(told).relation is None, told


def test_it_quotes_the_writing_exactly():
    straight = 0
    for scene, told in pairs(300, "text"):
        assert scene.writing is not None
        assert parse(told).quoted == (scene.writing.text,), told
        straight += told.count('"') == 2
        colours = re.findall(
            rf"\b({'|'.join(COLOURS)}) (?:sign|board|signpost|label|tag|sticker|poster|banner|pl)", told
        )
        assert set(colours) <= {scene.writing.board}, told
    assert 230 < straight < 290


def test_it_quotes_nothing_where_nothing_is_written():
    for kind in ("empty", "one", "pair", "few"):
        assert all(not re.search('["“”「」]', told) for _, told in pairs(60, kind))


def test_it_joins_the_lines_of_a_poster():
    poster = Writing("poster", "latin", ("HELLO", "WORLD"), "yellow", 1, 1)
    for told in phrasings(Scene(0, GRASS, writing=poster), 60):
        assert parse(told).quoted == ("HELLO WORLD",)


def test_it_always_names_a_style_but_the_plain_one():
    for kind in ("empty", "one", "pair", "text"):
        for scene, told in pairs(250, kind):
            assert parse(told).style == scene.style, told


def test_it_says_where_a_lone_thing_is():
    sides = {"left", "right", "top", "bottom", "upper", "lower", "middle", "center"}
    same = {"upper": "top", "lower": "bottom"}
    placed = 0
    for seed in range(400):
        scene = sample_scene(seed, kind="one")
        if scene.light.side or scene.groups[0].thing.name == "hat":  # "top hat" is no place
            continue
        words = set(re.findall(r"\w+", caption(scene, random.Random(seed)).lower())) & sides
        if scene.backdrop.kind != "gradient" and words:
            placed += 1
            row, column = region(scene.groups[0].places[0], scene.grid)
            told = {same.get(word, word) for word in words} - {"middle", "center"}
            assert told <= {row, column}
            assert told or "center" in (row, column)
    assert placed > 30


def test_it_tells_light_only_where_it_can_be_seen():
    lit = Light("left", beams=True, mirror=True)
    sea = Backdrop("outdoor", "blue", "sea", horizon=4)
    told = " ".join(phrasings(Scene(0, sea, (group("cup"),), light=lit)))
    for words in ("from the left", "shadows to the right", "beams", "god rays", "in the water"):
        assert words in told
    assert "shadow" not in " ".join(phrasings(Scene(0, sea, light=lit)))
    dull = " ".join(phrasings(Scene(0, sea, (group("cup"),))))
    assert not re.search("light from|shadow|beams|rays|reflect|mirror", dull)


def test_it_mostly_tells_the_backdrop():
    red = Scene(0, Backdrop("plain", colours=("purple",)), (group("cup"),))
    told = [caption(red, random.Random(seed)) for seed in range(400)]
    assert 0.65 < sum("purple" in one.lower() for one in told) / len(told) < 0.95
    assert all("purple" in one.lower() for one in phrasings(Scene(0, Backdrop("plain", colours=("purple",)))))


def test_it_never_says_what_is_held_out():
    for scene, told in pairs(600):
        said = parse(told)
        for one in said.things:
            assert not (one.colour and is_held_out("colour", one.thing.name, one.colour)), told
            assert not is_held_out("style", one.thing.name, said.style), told
        if said.relation and scene.relation:
            first, name, second = said.relation
            assert not is_held_out("relation", said.things[first].thing.name, name, said.things[second].thing.name)
        assert not any(is_held_out("word", word) for word in said.quoted if " " not in word)


def test_it_is_as_long_as_people_type():
    lengths = sorted(len(told) for _, told in pairs(800))
    assert lengths[0] <= 20 and 700 <= lengths[-1] <= LONGEST
    assert 20 <= lengths[len(lengths) // 2] <= 150
    crowds = [len(told) for _, told in pairs(60, "crowd")]
    assert min(crowds) >= 70 and max(crowds) > 700


@pytest.mark.parametrize("length", [60, 150, 400, 700, 1000])
def test_it_comes_near_the_length_that_is_aimed_at(length: int):
    lengths = [len(caption(sample_scene(seed, kind="one"), random.Random(seed), length)) for seed in range(80)]
    near = [abs(told - length) <= max(30, length * 0.15) for told in lengths]
    assert sum(near) >= 0.9 * len(near)
    assert max(lengths) <= LONGEST


def test_it_never_exceeds_the_longest_prompt():
    scene = Scene(0, GRASS, (group("moon", "red", 2, "big"),) * 20)
    assert all(len(told) <= LONGEST for told in phrasings(scene, 40, 5000))
    crowd = [sample_scene(seed, (16, 16), kind="crowd") for seed in range(40)]
    assert all(len(caption(scene, random.Random(1), 1000)) <= LONGEST for scene in crowd)


def test_it_says_the_same_in_many_ways():
    pair = Scene(0, GRASS, (group("apple", "red"), group("cup", "blue")), Relation(0, "left of", 1))
    assert len(phrasings(pair)) > 220
    assert len(phrasings(Scene(0, GRASS, (group("apple", "red", 2),)), 300, 14)) > 10
    assert caption(pair, random.Random(3)) == caption(pair, random.Random(3))


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("butterfly", "butterflies"), ("fish", "fish"), ("bus", "buses"), ("slice of pizza", "slices of pizza"),
        ("cactus", "cacti"), ("key", "keys"), ("pine tree", "pine trees"), ("mouse", "mice"), ("grapes", "grapes"),
        ("maple leaf", "maple leaves"), ("tropical fish", "tropical fish"), ("lunch box", "lunch boxes"),
    ],
)  # fmt: skip
def test_it_knows_more_than_one(one: str, many: str):
    assert plural(one) == many


def test_it_puts_the_right_article():
    told = ["apple", "umbrella", "unicorn", "hourglass", "cup", "8-bit picture", "grapes", "bus", "octopus"]
    assert [with_article(name) for name in told] == [
        "an apple", "an umbrella", "a unicorn", "an hourglass", "a cup", "an 8-bit picture", "grapes", "a bus",
        "an octopus",
    ]  # fmt: skip


def test_it_tells_the_things_of_the_large_recipe_too():
    things = many_things()
    for seed in range(60):
        scene = sample_scene(seed, things=things, kind="few")
        told = caption(scene, random.Random(seed)).lower()
        for there in scene.groups:
            names = [plural(name) if there.count > 1 else name for name in there.thing.names]
            assert any(name in told for name in names), told


def test_the_parser_reads_what_people_write():
    said = parse(
        'A watercolor of two tiny grey cats to the left of an orange orange, sign "Two Dogs", orange background'
    )
    cats, orange = said.things
    assert (cats.thing.name, cats.count, cats.colour, cats.size) == ("cat", 2, "grey", "small")
    assert (orange.thing.name, orange.count, orange.colour) == ("orange", 1, "orange")
    assert said.relation == (0, "left of", 1)
    assert said.quoted == ("Two Dogs",) and said.style == "watercolour"
