"""Grounds, skies and plain backgrounds as pixels: batched, at any scale, on any device.

Textures repeat every eight positions and lie still: the same ground is the same pixels in every picture. A small model
then spends its strength on what a prompt names, not on blades of grass.
"""

from collections import defaultdict
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.world.scene import Backdrop, Light, Scene
from generation.world.vocabulary import COLOURS, RGB

CELL = 32  # pixels a position at scale 1
PERIOD = 8  # positions after which a texture repeats

SKY_COLOURS: dict[str, tuple[RGB, RGB]] = {
    "blue": ((0.26, 0.56, 0.92), (0.68, 0.86, 0.98)),
    "cloudy": ((0.60, 0.66, 0.72), (0.82, 0.85, 0.88)),
    "sunset": ((0.36, 0.22, 0.50), (0.99, 0.58, 0.26)),
    "night": ((0.03, 0.04, 0.14), (0.12, 0.14, 0.34)),
    "city": ((0.52, 0.66, 0.84), (0.94, 0.88, 0.82)),
}
GROUND_COLOURS: dict[str, tuple[RGB, RGB]] = {
    "grass": ((0.40, 0.70, 0.28), (0.20, 0.48, 0.14)),
    "desert": ((0.93, 0.80, 0.54), (0.84, 0.66, 0.38)),
    "snow": ((0.95, 0.97, 1.00), (0.82, 0.88, 0.95)),
    "sea": ((0.22, 0.54, 0.76), (0.04, 0.26, 0.50)),
    "wood": ((0.66, 0.44, 0.26), (0.50, 0.31, 0.17)),
    "brick": ((0.70, 0.30, 0.22), (0.56, 0.22, 0.16)),
    "marble": ((0.80, 0.80, 0.84), (0.62, 0.63, 0.70)),
}
BUILDINGS = (1.5, 2.25, 1.0, 2.75, 1.75, 0.75, 2.5, 1.25)  # heights in positions, one a column


def paint(scenes: list[Scene], scale: int, device: torch.device) -> Tensor:
    """The backdrops of scenes of one grid as (B, 3, H, W) in 0..1."""
    rows, columns = scenes[0].grid
    image = torch.empty(len(scenes), 3, rows * CELL * scale, columns * CELL * scale, device=device)
    alike: dict[tuple[Backdrop, Light], list[int]] = defaultdict(list)
    for number, scene in enumerate(scenes):
        light = scene.light if scene.backdrop.kind == "outdoor" else Light()
        alike[scene.backdrop, Light(light.side, light.beams)].append(number)
    for (backdrop, light), numbers in alike.items():
        image[numbers] = _one(backdrop, light, (rows, columns), scale, device)
    return image


def _one(backdrop: Backdrop, light: Light, grid: tuple[int, int], scale: int, device: torch.device) -> Tensor:
    y, x = _axes(grid, scale, device)
    if backdrop.kind == "outdoor":
        return _outdoor(backdrop, light, y, x)
    first, *rest = (_rgb(COLOURS[name], device) for name in backdrop.colours)
    if backdrop.kind == "plain":
        return first.expand(3, len(y), x.shape[1]).clone()
    if backdrop.kind == "gradient":
        return torch.lerp(first, rest[0], (y / grid[0]).expand(-1, x.shape[1]))
    return torch.where((y.floor() + x.floor()) % 2 == 0, first, rest[0])


def _axes(grid: tuple[int, int], scale: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Centres of the pixels in positions: y (H, 1), x (1, W)."""
    rows, columns = (size * CELL * scale for size in grid)
    y = (torch.arange(rows, device=device) + 0.5) / (CELL * scale)
    x = (torch.arange(columns, device=device) + 0.5) / (CELL * scale)
    return y[:, None], x[None]


def _rgb(colour: RGB, device: torch.device) -> Tensor:
    return torch.tensor(colour, device=device)[:, None, None]


def _outdoor(backdrop: Backdrop, light: Light, y: Tensor, x: Tensor) -> Tensor:
    split = int((y < backdrop.horizon).sum())
    sky = _sky(backdrop.sky, light, y[:split], x, backdrop.horizon)
    ground = _ground(backdrop.ground, y[split:], x, backdrop.horizon)
    image = torch.cat([sky, ground], dim=1)
    return (_beams(image, light, y, x) if light.beams else image).clamp(0, 1)


def _ramp(ends: tuple[RGB, RGB], share: Tensor) -> Tensor:
    return torch.lerp(_rgb(ends[0], share.device), _rgb(ends[1], share.device), share)


def _sky(kind: str, light: Light, y: Tensor, x: Tensor, horizon: int) -> Tensor:
    sky = _ramp(SKY_COLOURS[kind], (y / horizon).expand(-1, x.shape[1]))
    if kind == "night":
        sky = torch.maximum(sky, _stars(y, x) * 0.95)
    elif kind in ("blue", "cloudy"):
        most = 0.9 if kind == "cloudy" else 0.6
        sky = torch.lerp(sky, torch.full_like(sky, 0.97), (_noise("clouds", 1, y, x) * 2.6 - 1.2).clamp(0, most))
    elif kind == "city":
        sky = _city(sky, y, x, horizon)
    if light.side:
        edge = 0.0 if light.side == "left" else float(x.max())
        glow = torch.exp(-((x - edge) ** 2 + y**2) / 3.0)
        sky = torch.lerp(sky, _rgb((1.0, 0.96, 0.78), x.device).expand_as(sky), glow * 0.85)
    return sky


def _city(sky: Tensor, y: Tensor, x: Tensor, horizon: int) -> Tensor:
    heights = torch.tensor(BUILDINGS, device=x.device)[(x.floor() % PERIOD).long()]
    inside = (horizon - y < heights) & (x % 1 > 0.06)
    window = ((y * 4 % 1 - 0.5).abs() < 0.28) & ((x * 4 % 1 - 0.5).abs() < 0.22)
    building = torch.where(window, _rgb((0.98, 0.84, 0.46), x.device), _rgb((0.26, 0.30, 0.42), x.device))
    return torch.where(inside, building, sky)


def _stars(y: Tensor, x: Tensor) -> Tensor:
    """One small square dot in about a third of the positions."""
    cell_y, cell_x = y.floor() % PERIOD, x.floor() % PERIOD
    draw = (cell_y * 7 + cell_x * 13) % 11
    dot_y, dot_x = (draw * 5 % 7 + 0.5) / 8, (draw * 3 % 7 + 0.5) / 8
    near = ((y % 1 - dot_y).abs() < 0.045) & ((x % 1 - dot_x).abs() < 0.045)
    return (near & (draw < 4)).float()


def _ground(kind: str, y: Tensor, x: Tensor, horizon: int) -> Tensor:
    depth = (y - horizon) / 4
    ground = _ramp(GROUND_COLOURS[kind], depth.clamp(0, 1).expand(-1, x.shape[1]))
    if kind == "sea":
        return ground + 0.05 * torch.sin((y * 4 + 0.4 * torch.sin(x * torch.pi / 2)) * torch.pi)
    if kind == "wood":
        seam = (y * 2 % 1 < 0.07) | ((x / 2 + (y * 2).floor() * 0.375) % 1 < 0.012)
        return torch.where(seam, ground * 0.62, ground * (1 + 0.06 * torch.sin(y * 37 + 2 * torch.sin(x * 1.57))))
    if kind == "brick":
        mortar = (y * 2 % 1 < 0.14) | ((x + 0.5 * ((y * 2).floor() % 2)) % 1 < 0.07)
        return torch.where(mortar, torch.full_like(ground, 0.80), ground)
    if kind == "marble":
        seam = (y % 2 < 0.05) | (x % 2 < 0.05)
        return torch.where(seam, ground * 0.8, ground + 0.05 * torch.sin((x + y) * torch.pi / 2))
    strength = {"grass": 0.20, "desert": 0.08, "snow": 0.04}[kind]
    return ground + strength * (_noise(kind, 3, y, x) - 0.5)


def _beams(image: Tensor, light: Light, y: Tensor, x: Tensor) -> Tensor:
    """Slanted bright stripes that come down from the side of the light and fade."""
    across = x if light.side == "left" else x.max() - x
    stripe = (torch.sin((across - y * 0.75) * torch.pi / 2) * 2 - 0.6).clamp(0, 1)
    fade = (1 - (across + y) / 14).clamp(0, 1)
    return torch.lerp(image, _rgb((1.0, 0.97, 0.82), x.device).expand_as(image), stripe * fade * 0.45)


def _noise(name: str, cells: int, y: Tensor, x: Tensor) -> Tensor:
    """Smooth noise (H, W) in 0..1 with `cells` bumps a position, repeating."""
    side = PERIOD * cells
    pixels = max(round(1 / float(y[1] - y[0])), 1) if len(y) > 1 else CELL
    coarse = _coarse(name, side).to(x.device)
    tile = F.interpolate(F.pad(coarse, (2, 2, 2, 2), mode="circular"), scale_factor=pixels / cells, mode="bicubic")
    margin = round(2 * pixels / cells)
    tile = tile[0, 0, margin : margin + PERIOD * pixels, margin : margin + PERIOD * pixels].clamp(0, 1)
    rows = (y[:, 0] * pixels).long() % (PERIOD * pixels)
    columns = (x[0] * pixels).long() % (PERIOD * pixels)
    return tile[rows][:, columns]


@cache
def _coarse(name: str, side: int) -> Tensor:
    generator = torch.Generator().manual_seed(sum(name.encode()))
    return torch.rand(1, 1, side, side, generator=generator)
