"""The world's objects as pixels: colour glyphs of the open Noto emoji font, and their tinted versions."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from generation.world.vocabulary import COLOURS, RGB, Thing

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
STRIKE = 109  # the only bitmap size that the font carries, in pixels per em
SPRITE = 128  # side of a stored sprite in pixels


class FontMissing(RuntimeError):
    """A font is not on this machine; the sentence says how to get it."""


def drawable(things: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """Those of the things that the installed font has a picture for. Raises FontMissing without any font."""
    return tuple(thing for thing in things if _ink(thing.glyph).getbbox())


@cache
def sprite(glyph: str, colour: str | None, pixels: int, device: torch.device) -> Tensor:
    """The glyph as a premultiplied RGBA tensor (4, pixels, pixels) in 0..1, tinted when a colour is named."""
    stored = _tinted(glyph, colour).to(device)
    return F.interpolate(stored[None], (pixels, pixels), mode="bilinear", antialias=True)[0]


@cache
def _tinted(glyph: str, colour: str | None) -> Tensor:
    rgba_HWC = _rasterize(glyph)
    rgb, alpha = rgba_HWC[..., :3], rgba_HWC[..., 3:]
    if colour is not None:
        rgb = _tint(rgb, COLOURS[colour])
    premultiplied = np.concatenate([rgb * alpha, alpha], axis=-1)
    return torch.from_numpy(np.ascontiguousarray(premultiplied.transpose(2, 0, 1)))


def _rasterize(glyph: str) -> np.ndarray:
    canvas = _ink(glyph)
    box = canvas.getbbox()
    if box is None:
        raise FontMissing(f"The emoji font at {FONT} has no picture for {glyph!r}; install a newer one.")
    cut = canvas.crop(box)
    side = max(cut.size)
    square = Image.new("RGBA", (side, side))
    square.paste(cut, ((side - cut.width) // 2, side - cut.height))
    pixels = np.asarray(square.resize((SPRITE, SPRITE), Image.Resampling.LANCZOS), dtype=np.float32)
    return pixels / 255.0


def _ink(glyph: str) -> Image.Image:
    canvas = Image.new("RGBA", (160, 160))
    ImageDraw.Draw(canvas).text((8, 8), glyph, font=_font(), embedded_color=True)
    return canvas


@cache
def _font() -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(str(FONT), STRIKE)
    except OSError as error:
        raise FontMissing(f"No emoji font at {FONT}: apt-get install fonts-noto-color-emoji.") from error


def _tint(rgb_HWC: np.ndarray, colour: RGB) -> np.ndarray:
    """Coloured parts take the new colour and keep their light and shade; white and black parts stay."""
    light = rgb_HWC.max(-1, keepdims=True)
    dark = rgb_HWC.min(-1, keepdims=True)
    saturation = (light - dark) / np.maximum(light, 1e-3)
    luma = rgb_HWC @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    coloured = saturation[..., 0] > 0.3
    middle = float(np.median(luma[coloured])) if coloured.any() else 0.5
    shade = np.clip(luma / max(middle, 0.05), 0.35, 1.6)[..., None]
    target = np.clip(np.asarray(colour, dtype=np.float32) * shade, 0, 1)
    weight = np.clip((saturation - 0.12) / 0.25, 0, 1)
    if coloured.mean() < 0.1:  # things of black, white and gray take the colour wherever they are not white or black
        weight, target = (
            np.full_like(weight, 0.8),
            np.asarray(colour, dtype=np.float32) * (0.35 + 0.65 * luma[..., None]),
        )
    return np.asarray(rgb_HWC * (1 - weight) + target * weight, dtype=np.float32)
