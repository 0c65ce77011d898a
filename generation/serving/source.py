"""Pictures to start from: which of their positions stay, and how what is drawn anew is put into them.

A picture is known to the model by its codes, so it is read by the tokenizer first. The pixels outside a mask are then
taken from the picture itself: what nobody asked to change does not change, not even by what the codes lose.
"""

import io

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor
from torch.nn import functional as F

from generation.aurora.batch import Kept
from generation.aurora.tokenizer import POSITION, Tokenizer
from generation.serving.model import Source

FEATHER = 4
"""Pixels over which new and old go into each other at the edge of a mask."""


def kept_of(tokenizer: Tokenizer, source: Source, grid: tuple[int, int], scale: int, seed: int) -> Kept:
    """The picture's codes, and which of them stay. At least one is drawn anew."""
    cell = POSITION * scale
    image_CHW = _framed(_pixels(source.image, "RGB"), grid, cell)
    codes_HW42 = tokenizer.to_codes(F.avg_pool2d(image_CHW[None], scale))[0]
    if source.mask is None:
        stays_P = _scattered(codes_HW42.shape[0] * codes_HW42.shape[1], source.share, seed)
    else:
        mask_1HW = _framed(_pixels(source.mask, "L"), grid, cell)
        stays_P = (F.max_pool2d(mask_1HW[None], cell) < 0.5).flatten()
    if stays_P.all():
        stays_P[-1] = False
    return Kept(codes_HW42.flatten(0, 1), stays_P)


def put_into(source: Source, drawn_CHW: Tensor) -> Tensor:
    """The drawn picture where the mask says so, the source elsewhere."""
    if source.mask is None:
        return drawn_CHW
    mask = Image.open(io.BytesIO(source.mask)).convert("L").point(lambda level: 255 if level >= 128 else 0)
    share_1HW = _tensor(mask.filter(ImageFilter.GaussianBlur(FEATHER)))
    return drawn_CHW * share_1HW + _pixels(source.image, "RGB") * (1 - share_1HW)


def _scattered(positions: int, share: float, seed: int) -> Tensor:
    order = torch.randperm(positions, generator=torch.Generator().manual_seed(seed))
    stays_P = torch.ones(positions, dtype=torch.bool)
    stays_P[order[: round(positions * share)]] = False
    return stays_P


def _framed(image_CHW: Tensor, grid: tuple[int, int], cell: int) -> Tensor:
    """Filled up to whole positions on both sides, as the middle is what is cut out in the end."""
    rows, columns = grid
    height, width = rows * cell - image_CHW.shape[1], columns * cell - image_CHW.shape[2]
    sides = (width // 2, width - width // 2, height // 2, height - height // 2)
    return F.pad(image_CHW[None], sides, mode="replicate")[0]


def _pixels(file: bytes, mode: str) -> Tensor:
    return _tensor(Image.open(io.BytesIO(file)).convert(mode))


def _tensor(image: Image.Image) -> Tensor:
    pixels = torch.from_numpy(np.array(image)).float() / 255
    return pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)
