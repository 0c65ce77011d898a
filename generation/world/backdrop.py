"""Grounds, skies and plain backgrounds as pixels, in torch, at any size."""

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.world.scene import Backdrop
from generation.world.vocabulary import COLOURS, RGB

SKY_COLOURS: dict[str, tuple[RGB, RGB]] = {
    "blue": ((0.26, 0.56, 0.92), (0.68, 0.86, 0.98)),
    "cloudy": ((0.60, 0.66, 0.72), (0.82, 0.85, 0.88)),
    "sunset": ((0.36, 0.22, 0.50), (0.99, 0.58, 0.26)),
    "night": ((0.03, 0.04, 0.14), (0.12, 0.14, 0.34)),
}
GROUND_COLOURS: dict[str, tuple[RGB, RGB]] = {
    "grass": ((0.36, 0.66, 0.24), (0.20, 0.48, 0.14)),
    "sand": ((0.93, 0.80, 0.54), (0.84, 0.66, 0.38)),
    "snow": ((0.95, 0.97, 1.00), (0.82, 0.88, 0.95)),
    "sea": ((0.18, 0.50, 0.72), (0.04, 0.26, 0.50)),
    "wood": ((0.66, 0.44, 0.26), (0.50, 0.31, 0.17)),
    "brick": ((0.70, 0.30, 0.22), (0.56, 0.22, 0.16)),
}


def paint(backdrop: Backdrop, side: int, generator: torch.Generator) -> Tensor:
    """The backdrop as (3, side, side) in 0..1."""
    if backdrop.kind == "outdoor":
        return _outdoor(backdrop, side, generator)
    first, *rest = (_rgb(COLOURS[name]) for name in backdrop.colours)
    if backdrop.kind == "plain":
        return first.expand(3, side, side).clone()
    if backdrop.kind == "gradient":
        return torch.lerp(first, rest[0], torch.linspace(0, 1, side)[:, None]).expand(3, side, side).clone()
    cell = torch.arange(side) * 8 // side
    return torch.where((cell[:, None] + cell[None, :]) % 2 == 0, first, rest[0])


def _rgb(colour: RGB) -> Tensor:
    return torch.tensor(colour)[:, None, None]


def _outdoor(backdrop: Backdrop, side: int, generator: torch.Generator) -> Tensor:
    split = round(backdrop.horizon * side)
    sky = _vertical(SKY_COLOURS[backdrop.sky], split, side)
    if backdrop.sky == "night":
        sky = _stars(sky, generator)
    if backdrop.sky in ("blue", "cloudy"):
        sky = _clouds(sky, generator, 0.9 if backdrop.sky == "cloudy" else 0.55)
    ground = _texture(_vertical(GROUND_COLOURS[backdrop.ground], side - split, side), backdrop.ground, generator)
    return torch.cat([sky, ground], dim=1).clamp(0, 1)


def _vertical(ends: tuple[RGB, RGB], height: int, width: int) -> Tensor:
    ramp = torch.linspace(0, 1, height)[:, None]
    return torch.lerp(_rgb(ends[0]), _rgb(ends[1]), ramp).expand(3, height, width).clone()


def _noise(height: int, width: int, cells: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Smooth noise (height, width) in 0..1 with about `cells` bumps down and across."""
    coarse = torch.rand(1, 1, *cells, generator=generator)
    return F.interpolate(coarse, (height, width), mode="bicubic", align_corners=True)[0, 0].clamp(0, 1)


def _stars(sky: Tensor, generator: torch.Generator) -> Tensor:
    _, height, width = sky.shape
    dot = max(width // 128, 1)
    for _ in range(14):
        y = int(torch.randint(0, max(height - dot, 1), (), generator=generator))
        x = int(torch.randint(0, width - dot, (), generator=generator))
        sky[:, y : y + dot, x : x + dot] = 0.95
    return sky


def _clouds(sky: Tensor, generator: torch.Generator, most: float) -> Tensor:
    cover = (_noise(sky.shape[1], sky.shape[2], (4, 5), generator) * 2.4 - 1.3).clamp(0, most)
    return torch.lerp(sky, torch.ones_like(sky) * 0.97, cover)


def _texture(ground: Tensor, kind: str, generator: torch.Generator) -> Tensor:
    _, height, width = ground.shape
    y = torch.linspace(0, 1, height)[:, None] * height / width
    x = torch.linspace(0, 1, width)[None, :]
    if kind == "sea":
        return ground + 0.05 * torch.sin(y * 90 + 3 * torch.sin(x * 9))
    if kind == "wood":
        return ground * (1 - 0.35 * ((y * 10) % 1 < 0.06).float())
    if kind == "brick":
        course = (y * 14).floor()
        mortar = ((y * 14) % 1 < 0.14) | ((x * 7 + 0.5 * (course % 2)) % 1 < 0.07)
        return torch.where(mortar, torch.full_like(ground, 0.80), ground)
    strength = {"grass": 0.16, "sand": 0.07, "snow": 0.04}[kind]
    return ground + strength * (_noise(height, width, (24, 24), generator) - 0.5)
