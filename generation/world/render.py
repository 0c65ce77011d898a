"""Draw a scene: the picture, and the truth about it."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.world import backdrop
from generation.world.scene import Item, Scene
from generation.world.sprites import sprite


@dataclass(frozen=True)
class Rendered:
    """image_CHW in 0..1; masks_NHW bool, visible pixels of each item; boxes_N4 in pixels (left, top, right, bottom)."""

    image_CHW: Tensor
    masks_NHW: Tensor
    boxes_N4: Tensor


def render(scene: Scene, side: int) -> Rendered:
    """The scene as a square picture of `side` pixels; the same scene and side give the same pixels."""
    generator = torch.Generator().manual_seed(scene.seed)
    image = backdrop.paint(scene.backdrop, side, generator)
    masks = torch.zeros(len(scene.items), side, side, dtype=torch.bool)
    boxes = torch.zeros(len(scene.items), 4, dtype=torch.int64)
    for number, item in enumerate(scene.items):
        top, left, patch_4HW = _patch(item, side)
        _, height, width = patch_4HW.shape
        rows, columns = slice(top, top + height), slice(left, left + width)
        if scene.backdrop.kind == "outdoor":
            _shadow(image, item, side)
        image[:, rows, columns] = image[:, rows, columns] * (1 - patch_4HW[3:]) + patch_4HW[:3]
        solid = patch_4HW[3] > 0.5
        masks[:number, rows, columns] &= ~solid
        masks[number, rows, columns] = solid
        boxes[number] = torch.tensor((left, top, left + width, top + height))
    return Rendered(image.clamp(0, 1), masks, boxes)


def _patch(item: Item, side: int) -> tuple[int, int, Tensor]:
    """Top, left and the premultiplied RGBA patch, cut at the picture's edge."""
    pixels = round(item.side * side)
    patch = F.interpolate(
        sprite(item.thing.glyph, item.colour)[None], (pixels, pixels), mode="bilinear", antialias=True
    )[0]
    top, left = round(item.y * side) - pixels // 2, round(item.x * side) - pixels // 2
    patch = patch[:, max(-top, 0) : side - top, max(-left, 0) : side - left]
    return max(top, 0), max(left, 0), patch


def _shadow(image: Tensor, item: Item, side: int) -> None:
    """A soft dark ellipse under the item, so that it stands on the ground rather than floats."""
    pixels = round(item.side * side)
    half_width, half_height = max(pixels // 2, 1), max(pixels // 10, 1)
    bottom, centre = round(item.y * side) + pixels // 2, round(item.x * side)
    top, low = max(bottom - half_height, 0), min(bottom + half_height, side)
    left, right = max(centre - half_width, 0), min(centre + half_width, side)
    y = (torch.arange(top, low) - bottom)[:, None] / half_height
    x = (torch.arange(left, right) - centre)[None, :] / half_width
    depth = (1 - y**2 - x**2).clamp(0, 1)
    image[:, top:low, left:right] *= 1 - 0.45 * depth
