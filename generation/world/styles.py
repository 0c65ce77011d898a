"""Ways of showing a finished picture: film, watercolour, pixels, poster, pencil. Batched torch."""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)
TILE = 32  # pixels after which grain and paper repeat at scale 1


def apply(style: str, image_BCHW: Tensor, scale: int) -> Tensor:
    """The picture in a style of the vocabulary, in 0..1."""
    if style == "render":
        return image_BCHW
    painters = {
        "photo": _photo,
        "watercolour": _watercolour,
        "pixel art": _pixels,
        "poster": _poster,
        "pencil": _pencil,
    }
    return painters[style](image_BCHW, scale).clamp(0, 1)


def _photo(image: Tensor, scale: int) -> Tensor:
    """A little soft, warm, darker in the corners, with the grain of film."""
    warm = torch.tensor((1.05, 1.0, 0.90), device=image.device)[:, None, None]
    y, x = (torch.linspace(-1, 1, side, device=image.device) for side in image.shape[2:])
    corners = 1 - 0.22 * (y[:, None] ** 2 + x[None] ** 2)
    return torch.lerp(image, _blur(image, scale), 0.6) * warm * corners + 0.09 * _tile(1, image, scale)


def _watercolour(image: Tensor, scale: int) -> Tensor:
    """Flat washes that darken towards their edges, on pale rough paper."""
    wash = _blur(image, 3 * scale)
    edges = (image - wash).abs().mean(1, keepdim=True)
    pale = torch.lerp(wash, torch.ones_like(wash), 0.28)
    return pale - 0.5 * edges + 0.06 * _tile(4, image, scale)


def _pixels(image: Tensor, scale: int) -> Tensor:
    """Squares of eight pixels in few colours."""
    small = F.avg_pool2d(image, 8 * scale)
    return F.interpolate((small * 6).round() / 6, scale_factor=8 * scale)


def _poster(image: Tensor, scale: int) -> Tensor:
    """Four flat tones a channel, strong colours."""
    gray = _gray(image)
    return ((gray + (image - gray) * 1.5).clamp(0, 1) * 3).round() / 3


def _pencil(image: Tensor, scale: int) -> Tensor:
    """Dark lines where brightness changes, light hatching where it is dark."""
    gray = _gray(image)
    lines = (_blur(gray, scale) - _blur(gray, 2 * scale)).abs() * 9
    side = (
        torch.arange(image.shape[-1], device=image.device) + torch.arange(image.shape[-2], device=image.device)[:, None]
    )
    hatch = (side // scale % 8 < 2).float() * (1 - gray) * 0.35
    return (0.97 - lines - hatch - (1 - gray) * 0.12).expand_as(image)


def _gray(image: Tensor) -> Tensor:
    return (image * torch.tensor(_LUMA, device=image.device)[:, None, None]).sum(1, keepdim=True)


def _blur(image: Tensor, radius: int) -> Tensor:
    """A box of 2 * radius + 1 pixels."""
    return F.avg_pool2d(F.pad(image, (radius,) * 4, mode="replicate"), 2 * radius + 1, 1)


def _tile(cells: int, image: Tensor, scale: int) -> Tensor:
    """Noise (H, W) in -0.5..0.5 with grains of `cells` pixels, repeating every 32."""
    tile = F.interpolate(_noise(TILE // cells), scale_factor=cells * scale)[0, 0].to(image.device) - 0.5
    repeats = [side // len(tile) for side in image.shape[2:]]
    return tile.repeat(*repeats)


@cache
def _noise(side: int) -> Tensor:
    return torch.rand(1, 1, side, side, generator=torch.Generator().manual_seed(side))
