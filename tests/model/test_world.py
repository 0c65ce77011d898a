from collections import Counter

import pytest
import torch

from generation.world.render import render, render_batch
from generation.world.sampling import sample_scene
from generation.world.scene import region
from generation.world.split import is_held_out
from generation.world.sprites import drawable
from generation.world.vocabulary import INVERSE, RELATIONS, THINGS, many_things
from tests.model.fonts import needs_font

GRIDS = [(8, 8), (16, 16), (17, 30)]


@needs_font
def test_it_draws_the_same_scene_from_the_same_seed():
    assert torch.equal(render(sample_scene(5)).image_CHW, render(sample_scene(5)).image_CHW)
    assert not torch.equal(render(sample_scene(5)).image_CHW, render(sample_scene(6)).image_CHW)


@needs_font
def test_it_draws_a_batch_as_one_by_one():
    scenes = [sample_scene(seed) for seed in range(12)]
    batch = render_batch(scenes)
    for number, scene in enumerate(scenes):
        alone = render(scene)
        assert torch.equal(batch.image_BCHW[number], alone.image_CHW)
        assert torch.equal(batch.ids_BHW[number], alone.ids_HW)


@needs_font
@pytest.mark.parametrize("grid", GRIDS)
def test_it_knows_where_everything_is(grid: tuple[int, int]):
    for seed in range(12):
        drawn = render(sample_scene(seed, grid))
        assert drawn.image_CHW.shape == (3, grid[0] * 32, grid[1] * 32)
        assert 0 <= drawn.image_CHW.min() and drawn.image_CHW.max() <= 1
        for mask, box in zip(drawn.masks_NHW, drawn.boxes_N4.tolist(), strict=True):
            rows, columns = mask.nonzero(as_tuple=True)
            assert len(rows), "everything is at least partly seen"
            assert box[0] <= columns.min() and columns.max() < box[2]
            assert box[1] <= rows.min() and rows.max() < box[3]


@needs_font
def test_it_puts_what_is_in_front_nearer():
    scenes = [sample_scene(seed, kind="pair") for seed in range(60)]
    seen = 0
    for scene in scenes:
        if scene.relation and scene.relation.name in ("in front of", "behind"):
            seen += 1
            drawn = render(scene)
            front, back = sorted((1, 2), key=lambda number: -drawn.depth_HW[drawn.ids_HW == number].mean().item())
            names = [scene.items[number - 1][0].thing.name for number in (front, back)]
            first, second = scene.groups[scene.relation.first], scene.groups[scene.relation.second]
            told = [first.thing.name, second.thing.name]
            assert names == (told if scene.relation.name == "in front of" else told[::-1])
    assert seen > 5


def test_it_places_what_it_relates():
    for seed in range(300):
        scene = sample_scene(seed, kind="pair")
        assert scene.relation is not None
        (ay, ax), (by, bx) = (
            scene.groups[number].places[0].centre for number in (scene.relation.first, scene.relation.second)
        )
        holds = {"left of": ax < bx, "right of": ax > bx, "above": ay < by, "below": ay > by}
        assert holds.get(scene.relation.name, True)


def test_it_counts_to_six_and_crowds_to_twelve():
    counts = Counter(sample_scene(seed, kind="count").groups[0].count for seed in range(300))
    assert set(counts) == {2, 3, 4, 5, 6}
    assert max(len(sample_scene(seed, kind="crowd").items) for seed in range(100)) == 12


def test_it_keeps_held_out_combinations_out():
    for seed in range(2000):
        scene = sample_scene(seed)
        for group in scene.groups:
            assert group.colour is None or not is_held_out("colour", group.thing.name, group.colour)
            assert not is_held_out("style", group.thing.name, scene.style)
        if scene.relation:
            first, second = scene.groups[scene.relation.first], scene.groups[scene.relation.second]
            assert not is_held_out("relation", first.thing.name, scene.relation.name, second.thing.name)
        if scene.writing:
            assert not any(is_held_out("word", line) for line in scene.writing.lines)


def test_it_holds_out_a_relation_in_both_directions():
    names = [thing.name for thing in THINGS[:20]]
    held_out = 0
    for first in names:
        for second in names:
            for relation in RELATIONS:
                here = is_held_out("relation", first, relation, second)
                held_out += here
                assert here == is_held_out("relation", second, INVERSE[relation], first)
    assert 0.05 < held_out / (20 * 20 * 6) < 0.2


def test_it_tells_regions_apart():
    scene = sample_scene(3, kind="one")
    _, place = scene.items[0]
    y, x = region(place, scene.grid)
    assert y in ("top", "middle", "bottom") and x in ("left", "center", "right")


@needs_font
def test_it_knows_hundreds_of_things():
    assert len(THINGS) >= 60
    things = drawable(many_things())
    assert len(things) >= 600
    assert len({thing.name for thing in things}) == len(things)
