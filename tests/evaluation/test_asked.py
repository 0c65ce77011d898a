"""Whether a picture does what a prompt says."""

import pytest

from generation.evaluation.asked import Prompt, Wanted, agrees, related
from generation.evaluation.seen import Seen, truth
from generation.world.sampling import sample_scene


def seen(thing: str, y: float = 2.0, x: float = 2.0, colour: str = "", side: float = 2.0, hidden: bool = False) -> Seen:
    return Seen(thing, colour, (y, x), side, hidden)


def prompt(*include: Wanted, exclude: tuple[Wanted, ...] = ()) -> Prompt:
    return Prompt("", include, exclude)


def test_an_empty_picture_shows_nothing_that_was_asked_for():
    assert not agrees(prompt(Wanted("dog")), [])
    assert agrees(prompt(exclude=(Wanted("dog"),)), [])


@pytest.mark.parametrize("there", [0, 1, 2, 4])
def test_counts_are_exact(there: int):
    assert not agrees(prompt(Wanted("dog", 3)), [seen("dog", x=n) for n in range(there)])
    assert agrees(prompt(Wanted("dog", 3)), [seen("dog", x=n) for n in range(3)])


def test_other_things_are_free_unless_excluded():
    picture = [seen("dog"), seen("cat", 6, 6)]
    assert agrees(prompt(Wanted("dog")), picture)
    assert not agrees(prompt(Wanted("dog"), exclude=(Wanted("cat"),)), picture)
    assert agrees(prompt(Wanted("dog"), exclude=(Wanted("cat", 2),)), picture)
    assert agrees(prompt(Wanted("dog"), exclude=(Wanted("cat", 1, "red"),)), picture)


def test_colours_belong_to_their_things():
    asked = prompt(Wanted("dog", 1, "blue"), Wanted("cat", 1, "red"))
    assert agrees(asked, [seen("dog", colour="blue"), seen("cat", 6, 6, "red")])
    assert not agrees(asked, [seen("dog", colour="red"), seen("cat", 6, 6, "blue")])


def test_one_thing_in_two_colours():
    asked = prompt(Wanted("dog", 1, "blue"), Wanted("dog"))
    assert agrees(asked, [seen("dog", colour="blue"), seen("dog", 6, 6, "brown")])
    assert not agrees(asked, [seen("dog", colour="blue")])
    assert not agrees(asked, [seen("dog", colour="blue"), seen("dog", 6, 6, "blue")])


@pytest.mark.parametrize(("name", "y", "x"), [("left of", 4, 6), ("right of", 4, 2), ("above", 6, 4), ("below", 2, 4)])
def test_sides_are_those_of_centres(name: str, y: float, x: float):
    here, there = seen("dog", 4, 4), seen("cat", y, x)
    assert related(here, name, there)
    assert [other for other in ("left of", "right of", "above", "below") if related(here, other, there)] == [name]


def test_a_slanted_pair_is_in_two_relations_and_a_near_one_in_none():
    assert related(seen("dog", 2, 2), "left of", seen("cat", 6, 6))
    assert related(seen("dog", 2, 2), "above", seen("cat", 6, 6))
    assert not any(related(seen("dog", 4, 4), name, seen("cat", 4.2, 4.2)) for name in ("left of", "above"))


def test_in_front_is_what_hides():
    back, front = seen("house", 4, 4, side=4, hidden=True), seen("dog", 5.5, 2.5, side=3)
    assert related(front, "in front of", back) and related(back, "behind", front)
    assert not related(back, "in front of", front)
    assert not related(seen("dog", 1, 1, side=1), "in front of", back)


def test_relations_bind_to_entries():
    asked = prompt(Wanted("dog", 1, "", ("left of", 1)), Wanted("cat"))
    assert agrees(asked, [seen("dog", 4, 2), seen("cat", 4, 6)])
    assert not agrees(asked, [seen("dog", 4, 6), seen("cat", 4, 2)])


def test_a_perfect_eye_agrees_with_what_scenes_of_pairs_say():
    for seed in range(200):
        scene = sample_scene(seed, kind="pair")
        relation = scene.relation
        assert relation is not None
        objects = truth(scene)
        assert related(objects[relation.first], relation.name, objects[relation.second])
