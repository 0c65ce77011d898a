"""The orthonormal 2-D Haar transform: lossless, and a quarter of the positions with four times the channels."""

import torch
from torch import Tensor


def haar(x_BCHW: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, 4C, H/2, W/2): low-low, then horizontal, vertical and diagonal details."""
    a, b = x_BCHW[..., 0::2, 0::2], x_BCHW[..., 0::2, 1::2]
    c, d = x_BCHW[..., 1::2, 0::2], x_BCHW[..., 1::2, 1::2]
    return torch.cat([a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d], dim=1) / 2


def inverse_haar(y_BCHW: Tensor) -> Tensor:
    """The exact inverse of `haar`."""
    low, horizontal, vertical, diagonal = y_BCHW.chunk(4, dim=1)
    a, b = low + horizontal + vertical + diagonal, low - horizontal + vertical - diagonal
    c, d = low + horizontal - vertical - diagonal, low - horizontal - vertical + diagonal
    batch, channels, height, width = low.shape
    out = low.new_empty(batch, channels, height * 2, width * 2)
    out[..., 0::2, 0::2], out[..., 0::2, 1::2] = a / 2, b / 2
    out[..., 1::2, 0::2], out[..., 1::2, 1::2] = c / 2, d / 2
    return out
