"""The decoder for drawing: the same pixels in fewer steps, as linear maps in a row are multiplied into one.

An `Up` adds a fixed choice of its channels to a 1x1 convolution of them, an exit's 1x1 convolution is followed by the
inverse Haar transform: both are one 1x1 convolution. What is folded is not trained or saved any more.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.aurora.haar import inverse_haar


def conv1x1(weight_OI: Tensor, bias_O: Tensor) -> nn.Conv2d:
    """The convolution of a single pixel with these weights."""
    conv = nn.Conv2d(weight_OI.shape[1], weight_OI.shape[0], 1)
    conv.weight, conv.bias = nn.Parameter(weight_OI[..., None, None].clone()), nn.Parameter(bias_O.clone())
    return conv


def parts_of(conv: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """The matrix (out, in) of a 1x1 convolution, and its bias."""
    bias_O = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias.data
    return conv.weight.data[:, :, 0, 0], bias_O


def matrix_of(linear: Callable[[Tensor], Tensor], channels: int) -> Tensor:
    """(out, in) of a linear map of single pixels, told by what it makes of each channel alone."""
    return linear(torch.eye(channels)[..., None, None])[:, :, 0, 0].mT


class Block(nn.Module):
    """A `Residual` that writes over what it made itself, for drawing alone: a tenth of the decoder's time."""

    def __init__(self, gain_C: Tensor, first: nn.Conv2d, second: nn.Conv2d) -> None:
        super().__init__()
        self.gain = nn.Parameter(gain_C.data.view(1, -1, 1, 1))
        self.first, self.second = first, second

    def forward(self, x_BCHW: Tensor) -> Tensor:
        squares = torch.linalg.vector_norm(x_BCHW, dim=1, keepdim=True).square_()
        scale = squares.div_(x_BCHW.shape[1]).add_(1e-6).rsqrt_()
        hidden = F.silu((x_BCHW * scale).mul_(self.gain), inplace=True)
        return self.second(F.silu(self.first(hidden), inplace=True)).add_(x_BCHW)


class Raise(nn.Module):
    """Double the side: one convolution, then depth to space, both with the channels last."""

    def __init__(self, conv: nn.Conv2d, shortcut: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        weight_OI, bias_O = parts_of(conv)
        self.conv = conv1x1(weight_OI + matrix_of(shortcut, conv.in_channels), bias_O)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return shuffled(self.conv(x_BCHW), 2)


class Exit(nn.Module):
    """Features to pixels in 0..1, not clamped; in float32, as these are the numbers that are seen."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        # What each of a pixel's 48 bands adds to the 3 x 4 x 4 numbers that it becomes.
        to_pixels = matrix_of(lambda bands: F.pixel_unshuffle(inverse_haar(inverse_haar(bands)), 4), 48) / 2
        weight_OI, bias_O = parts_of(conv)
        self.conv = conv1x1(to_pixels @ weight_OI, to_pixels @ bias_O + 0.5)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x_BCHW.float()), 4)


def shuffled(x_BCHW: Tensor, factor: int) -> Tensor:
    """`F.pixel_shuffle`, which would put the channels first again."""
    batch, channels, height, width = x_BCHW.shape
    deep = x_BCHW.permute(0, 2, 3, 1).reshape(batch, height, width, -1, factor, factor)
    wide = deep.permute(0, 1, 4, 2, 5, 3).reshape(batch, height * factor, width * factor, channels // factor**2)
    return wide.permute(0, 3, 1, 2)
