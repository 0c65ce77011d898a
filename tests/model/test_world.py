import random

import torch

from generation.world.caption import caption, noun
from generation.world.render import render
from generation.world.scene import sample_scene
from tests.model.fonts import needs_font


@needs_font
def test_it_draws_the_same_scene_from_the_same_seed():
    assert torch.equal(render(sample_scene(5), 64).image_CHW, render(sample_scene(5), 64).image_CHW)
    assert not torch.equal(render(sample_scene(5), 64).image_CHW, render(sample_scene(6), 64).image_CHW)


@needs_font
def test_it_knows_where_everything_is():
    for seed in range(40):
        scene = sample_scene(seed)
        drawn = render(scene, 128)
        assert drawn.image_CHW.shape == (3, 128, 128)
        assert 0 <= drawn.image_CHW.min() and drawn.image_CHW.max() <= 1
        for mask, box in zip(drawn.masks_NHW, drawn.boxes_N4.tolist(), strict=True):
            rows, columns = mask.nonzero(as_tuple=True)
            if len(rows):
                assert box[0] <= columns.min() and columns.max() < box[2]
                assert box[1] <= rows.min() and rows.max() < box[3]


@needs_font
def test_it_gives_a_pixel_to_one_object_only():
    for seed in range(40):
        assert (render(sample_scene(seed), 64).masks_NHW.sum(0) <= 1).all()


def test_it_names_every_object_and_colour_of_the_scene():
    for seed in range(200):
        scene = sample_scene(seed)
        text = caption(scene, random.Random(seed)).lower()
        for item in scene.items:
            assert any(name in text for name in item.thing.names)
            assert item.colour is None or item.colour in text


def test_it_tells_left_from_right():
    for seed in range(400):
        scene = sample_scene(seed)
        text = caption(scene, random.Random(seed))
        if len(scene.items) == 2 and " to the left of " in text:
            first, second = scene.items if scene.items[0].x < scene.items[1].x else scene.items[::-1]
            left, right = text.lower().split(" to the left of ")
            assert any(name in left for name in first.thing.names)
            assert any(name in right for name in second.thing.names)


def test_it_says_the_same_scene_in_many_ways():
    scene = sample_scene(1)
    assert len({caption(scene, random.Random(seed)) for seed in range(50)}) > 5
    assert noun(scene.items[0], random.Random(0)).split()[0] in ("a", "an")
