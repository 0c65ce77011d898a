"""Draw scenes: pictures, and the truth about them. One torch program, one scene at a time or a batch on a GPU."""

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.world import backdrop, letters, styles
from generation.world.backdrop import CELL
from generation.world.scene import Group, Place, Scene
from generation.world.sprites import sprite

CPU = torch.device("cpu")


@dataclass(frozen=True)
class RenderedBatch:
    """image_BCHW in 0..1; ids_BHW: 0 backdrop, n the n-th of scene.items from 1, -1 a board; depth_BHW: 0 is far."""

    image_BCHW: Tensor
    ids_BHW: Tensor
    depth_BHW: Tensor


@dataclass(frozen=True)
class Rendered:
    """As RenderedBatch, of one scene; boxes_N4 in pixels (left, top, right, bottom), one an item."""

    image_CHW: Tensor
    ids_HW: Tensor
    depth_HW: Tensor
    boxes_N4: Tensor

    @property
    def masks_NHW(self) -> Tensor:  # noqa: N802 - the shape
        """Visible pixels of each item."""
        return self.ids_HW == torch.arange(1, len(self.boxes_N4) + 1)[:, None, None]


def render(scene: Scene, *, scale: int = 1) -> Rendered:
    """The scene at 32 * scale pixels a position; the same scene and scale give the same pixels."""
    drawn = render_batch([scene], scale=scale)
    cell = CELL * scale
    boxes = [(p.left, p.top, p.left + p.span, p.top + p.span) for _, p in scene.items]
    boxes_N4 = torch.tensor(boxes, dtype=torch.int64).view(-1, 4) * cell
    return Rendered(drawn.image_BCHW[0], drawn.ids_BHW[0], drawn.depth_BHW[0], boxes_N4)


def render_batch(scenes: list[Scene], *, scale: int = 1, device: torch.device = CPU) -> RenderedBatch:
    """Scenes of one grid side by side."""
    image = backdrop.paint(scenes, scale, device)
    ids = torch.zeros(len(scenes), *image.shape[2:], dtype=torch.int64, device=device)
    for number, scene in enumerate(scenes):
        if scene.writing is not None:
            letters.draw(image[number], ids[number], scene.writing, CELL * scale)
    _underneath(image, scenes, scale)
    for layer in range(max(len(scene.items) for scene in scenes)):
        _paste_layer(image, ids, scenes, layer, CELL * scale)
    for style in {scene.style for scene in scenes} - {"render"}:
        chosen = [number for number, scene in enumerate(scenes) if scene.style == style]
        image[chosen] = styles.apply(style, image[chosen], scale)
    return RenderedBatch(image.clamp(0, 1), ids, _depth(scenes, ids, CELL * scale))


def _paste_layer(image: Tensor, ids: Tensor, scenes: list[Scene], layer: int, cell: int) -> None:
    """The layer-th item of every scene; items of one size are pasted at once."""
    by_span: dict[int, list[tuple[int, Group, Place]]] = defaultdict(list)
    for number, scene in enumerate(scenes):
        if layer < len(scene.items):
            group, place = scene.items[layer]
            by_span[place.span].append((number, group, place))
    for span, members in by_span.items():
        patch_NCHW = torch.stack(
            [sprite(group.thing.glyph, group.colour, span * cell, image.device) for _, group, _ in members]
        )
        where = _window(members, span * cell, cell, image.device)
        under = image.movedim(1, -1)[where]
        alpha = patch_NCHW[:, 3:].movedim(1, -1)
        image.movedim(1, -1)[where] = under * (1 - alpha) + patch_NCHW[:, :3].movedim(1, -1)
        ids[where] = torch.where(alpha[..., 0] > 0.5, layer + 1, ids[where])


def _window(members: list[tuple[int, Group, Place]], side: int, cell: int, device: torch.device) -> tuple[Tensor, ...]:
    """Index of (N, side, side) pixels: which picture, which row, which column."""
    numbers = torch.tensor([number for number, _, _ in members], device=device)[:, None, None]
    tops = torch.tensor([place.top * cell for _, _, place in members], device=device)[:, None, None]
    lefts = torch.tensor([place.left * cell for _, _, place in members], device=device)[:, None, None]
    along = torch.arange(side, device=device)
    return numbers, tops + along[:, None], lefts + along


def _underneath(image: Tensor, scenes: list[Scene], scale: int) -> None:
    """Shadows and reflections of things on a ground: drawn before any thing, so that they never cover one."""
    for number, scene in enumerate(scenes):
        if scene.backdrop.kind == "outdoor":
            for group, place in scene.items:
                if scene.light.mirror:
                    _reflect(image[number], group, place, CELL * scale)
                _shade(image[number], place, scene.light.side, CELL * scale)


def _shade(image: Tensor, place: Place, side: str, cell: int) -> None:
    """A soft dark ellipse under the thing; light from a side casts it longer and away from there."""
    away = {"": 0.0, "left": 0.3, "right": -0.3}[side] * place.span
    bottom, middle = (place.top + place.span) * cell, (place.left + place.span / 2 + away) * cell
    half_height, half_width = (0.12 if side else 0.1) * place.span * cell, 0.5 * place.span * cell
    top, low = max(int(bottom - half_height), 0), min(int(bottom + half_height), image.shape[1])
    left, right = max(int(middle - half_width), 0), min(int(middle + half_width), image.shape[2])
    y = (torch.arange(top, low, device=image.device) - bottom)[:, None] / half_height
    x = (torch.arange(left, right, device=image.device) - middle)[None, :] / half_width
    image[:, top:low, left:right] *= 1 - 0.5 * (1 - y**2 - x**2).clamp(0, 1)


def _reflect(image: Tensor, group: Group, place: Place, cell: int) -> None:
    """The thing upside down below itself, a third as strong, as far as the picture goes."""
    top, left = (place.top + place.span) * cell, place.left * cell
    patch = sprite(group.thing.glyph, group.colour, place.span * cell, image.device).flip(1)[:, : image.shape[1] - top]
    part = image[:, top : top + patch.shape[1], left : left + patch.shape[2]]
    part.mul_(1 - 0.35 * patch[3:]).add_(0.35 * patch[:3])


def _depth(scenes: list[Scene], ids: Tensor, cell: int) -> Tensor:
    """Ground comes nearer towards the bottom; each thing stands before those drawn earlier."""
    rows = torch.arange(ids.shape[1], device=ids.device)[None, :, None] / cell
    depth = []
    for number, scene in enumerate(scenes):
        horizon = scene.backdrop.horizon if scene.backdrop.kind == "outdoor" else scene.grid[0]
        ground = ((rows[0] - horizon) / (2 * scene.grid[0])).clamp(min=0).expand(ids.shape[1:])
        near = 0.5 + 0.5 * ids[number].abs() / (len(scene.items) + 1)
        depth.append(torch.where(ids[number] != 0, near, ground))
    return torch.stack(depth)
