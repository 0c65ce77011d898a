"""Plans of pictures of which a region is drawn anew."""

from dataclasses import replace

from generation.aurora.plan import Plan, PlannedGroup, PlannedWriting, read, say
from generation.aurora.replan import merged

GRID = (8, 8)
APPLE, CUP = PlannedGroup("apple", "red", 2, ((4, 0),)), PlannedGroup("cup", "blue", 2, ((4, 5),))
OLD = Plan("photo", "outdoor", ("sunset", "grass"), 4, ("beams",), (APPLE, CUP))
LEFT = [(row, column) for row in range(3, 7) for column in range(3)]


def new(*groups: PlannedGroup) -> Plan:
    return Plan("poster", "plain", ("red",), 0, (), groups)


def test_a_thing_of_new_words_comes_where_an_old_one_goes() -> None:
    pear = PlannedGroup("pear", "green", 4, ((0, 0),))
    plan = merged(OLD, new(pear, replace(CUP, places=((1, 1),))), LEFT, GRID)
    assert plan.groups == (CUP, PlannedGroup("pear", "green", 2, ((4, 0),)))
    assert (plan.style, plan.scenery, plan.light) == ("photo", ("sunset", "grass"), ("beams",))
    assert read(say(plan), GRID) == plan


def test_what_stays_is_not_named_twice_and_what_goes_is_not_kept() -> None:
    assert merged(OLD, new(CUP), LEFT, GRID).groups == (CUP,)
    assert merged(OLD, new(), [(7, 7)], GRID).groups == (APPLE, CUP)


def test_a_thing_that_takes_no_old_place_stands_in_the_region() -> None:
    star = PlannedGroup("star", "", 3, ((0, 0),))
    corner = [(row, column) for row in (6, 7) for column in (6, 7)]
    assert merged(replace(OLD, groups=()), new(star), corner, GRID).groups[0].places == ((5, 5),)
    inside = replace(star, places=((5, 5), (0, 0)))
    assert merged(replace(OLD, groups=()), new(inside), LEFT + corner, GRID).groups[0].places == ((4, 2),)
    both = PlannedGroup("apple", "red", 2, ((0, 0), (2, 2)))
    assert merged(OLD, new(both), LEFT, GRID).groups[1].places == ((4, 0),)


def test_a_text_stays_where_it_is_not_drawn_anew() -> None:
    board, other = PlannedWriting("sign", "red", 4, 0, ("A",)), PlannedWriting("sign", "red", 0, 0, ("B",))
    old, words = replace(OLD, writing=board), replace(new(), writing=other)
    assert merged(old, words, LEFT, GRID).writing == other
    assert merged(old, words, [(0, 7)], GRID).writing == board
