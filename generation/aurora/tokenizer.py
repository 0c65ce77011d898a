"""Pictures to codes and back: Haar front end, small convolutions to stride 16, FSQ, and a decoder with two exits.

One code covers 16x16 pixels, one position is 2x2 codes, 32x32 pixels. The x2 exit draws the same codes at twice the
side, so that 64 positions are a 256x256 picture or, at less detail, a 512x512 one. No layer looks at the size of the
picture, so any multiple of 32 works.
"""

import copy
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.aurora import fsq
from generation.aurora.folding import Block, Exit, Raise
from generation.aurora.haar import haar, inverse_haar

STRIDE = 16
POSITION = 32  # pixels a position covers in each direction at the x1 exit


@dataclass(frozen=True)
class TokenizerConfig:
    widths: tuple[int, int, int] = (64, 128, 192)  # channels at stride 4, 8, 16
    x2_width: int = 40
    wide: int = 0  # hidden numbers a channel in the layers on single codes; 0 leaves these layers out

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class ChannelNorm(nn.Module):
    """RMS over the channels of each pixel: no statistics across the picture, so tiles decode like the whole."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        # Not square(): in bfloat16 on a CPU it takes as long as a convolution.
        scale = torch.rsqrt((x_BCHW * x_BCHW).mean(1, keepdim=True) + 1e-6)
        return x_BCHW * scale * self.gain.view(1, -1, 1, 1)


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(F.silu(self.norm(x)))))


class Wide(nn.Module):
    """A wide hidden layer on each code by itself: where the look of things is remembered, at little cost."""

    def __init__(self, channels: int, wide: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.first = nn.Linear(channels, channels * wide)
        self.second = nn.Linear(channels * wide, channels)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        hidden = F.silu(self.first(self.norm(x_BCHW).movedim(1, -1)))
        return x_BCHW + self.second(hidden).movedim(-1, 1)


class Down(nn.Module):
    """Halve the side. The shortcut averages space-to-depth channels (DC-AE, arXiv 2410.10733)."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.c_out = c_out
        self.conv = nn.Conv2d(c_in * 4, c_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        deep = F.pixel_unshuffle(x, 2)
        return self.conv(deep) + _resize_channels(deep, self.c_out)


class Up(nn.Module):
    """Double the side. The shortcut repeats channels before depth-to-space (DC-AE, arXiv 2410.10733)."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.c_out = c_out
        self.conv = nn.Conv2d(c_in, c_out * 4, 1)

    def shortcut(self, x: Tensor) -> Tensor:
        return _resize_channels(x, self.c_out * 4)

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x) + self.shortcut(x), 2)


def _resize_channels(x_BCHW: Tensor, channels: int) -> Tensor:
    """Average or repeat neighbouring channels to `channels`, without parameters."""
    flat = x_BCHW.flatten(2).transpose(1, 2)
    if flat.shape[-1] >= channels:
        sized = F.adaptive_avg_pool1d(flat, channels)
    else:
        sized = F.interpolate(flat, channels, mode="nearest")
    return sized.transpose(1, 2).unflatten(2, x_BCHW.shape[2:])


def _deep(channels: int, blocks: int, wide: int) -> list[nn.Module]:
    """The layers at the stride of the codes: each block looks at neighbours, then thinks about each code."""
    if not wide:
        return [Residual(channels) for _ in range(blocks)]
    return [layer for _ in range(blocks) for layer in (Residual(channels), Wide(channels, wide))]


class Tokenizer(nn.Module):
    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        self.config = config
        c4, c8, c16 = config.widths
        self.encoder = nn.Sequential(
            nn.Conv2d(48, c4, 1), Residual(c4), Down(c4, c8), Residual(c8), Down(c8, c16),
            *_deep(c16, 2, config.wide), nn.Conv2d(c16, len(fsq.LEVELS), 1),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Conv2d(len(fsq.LEVELS), c16, 1), *_deep(c16, 3, config.wide), Up(c16, c8),
            Residual(c8), Residual(c8), Up(c8, c4), Residual(c4), Residual(c4),
        )  # fmt: skip
        self.is_folded = False
        self.exit_x1 = nn.Conv2d(c4, 48, 1)
        self.exit_x2 = nn.Sequential(
            Up(c4, config.x2_width), Residual(config.x2_width), nn.Conv2d(config.x2_width, 48, 1)
        )

    def encode(self, image_BCHW: Tensor) -> Tensor:
        """Pictures in 0..1 to quantized numbers (B, 6, H/16, W/16)."""
        return fsq.quantize(self.encoder(haar(haar(image_BCHW * 2 - 1))))

    def decode(self, q_BDHW: Tensor, *, scale: int = 1) -> Tensor:
        """Quantized numbers to pictures of 16 * scale pixels a code; `scale` is 1 or 2. Not clamped."""
        features = self.decoder(q_BDHW.to(next(self.decoder.parameters()).dtype))
        seen = self.exit_x1(features) if scale == 1 else self.exit_x2(features)
        return seen if self.is_folded else (inverse_haar(inverse_haar(seen)) + 1) / 2

    @torch.no_grad()
    def folded(self, dtype: torch.dtype) -> "Tokenizer":
        """One that encodes alike and decodes in fewer steps, in `dtype`: in bfloat16 0.24 steps of 255 beside
        float32, root mean square."""
        twin = copy.deepcopy(self)
        for part in (twin.decoder, twin.exit_x2):
            for place, layer in enumerate(part):
                if isinstance(layer, Up):
                    part[place] = Raise(layer.conv, layer.shortcut)
                elif isinstance(layer, Residual):
                    part[place] = Block(layer.norm.gain, layer.first, layer.second)
            part.to(dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in stubs
        twin.exit_x1 = Exit(self.exit_x1)  # type: ignore[assignment]  # a convolution until now
        twin.exit_x2[-1] = Exit(cast("nn.Conv2d", self.exit_x2[-1]))
        twin.is_folded = True
        return twin

    @torch.inference_mode()
    def to_codes(self, image_BCHW: Tensor) -> Tensor:
        """Pictures in 0..1 to factors (B, rows, columns, 4, 2): the four codes of a position are TL, TR, BL, BR."""
        factors = fsq.to_factors(self.encode(image_BCHW))
        batch, height, width, _ = factors.shape
        grid = factors.view(batch, height // 2, 2, width // 2, 2, 2).transpose(2, 3)
        return grid.reshape(batch, height // 2, width // 2, 4, 2)

    @torch.inference_mode()
    def to_image(self, codes_BHW42: Tensor, *, scale: int = 1) -> Tensor:
        """Factors of whole positions to pictures (B, 3, rows * 32 * scale, columns * 32 * scale) in 0..1."""
        batch, rows, columns = codes_BHW42.shape[:3]
        coords = fsq.to_coords(codes_BHW42).view(batch, rows, columns, 2, 2, 6)
        q = coords.permute(0, 5, 1, 3, 2, 4).reshape(batch, 6, rows * 2, columns * 2)
        return self.decode(q, scale=scale).clamp(0, 1)
