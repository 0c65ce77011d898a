"""Pictures as numbers: from files, and how near one is to another."""

from io import BytesIO

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

_WINDOW, _SIGMA = 11, 1.5
_LUMA = (0.299, 0.587, 0.114)


def from_png(data: bytes) -> Tensor:
    """(3, H, W) in 0..1."""
    with Image.open(BytesIO(data)) as opened:
        return torch.from_numpy(np.asarray(opened.convert("RGB"), dtype=np.float32)).permute(2, 0, 1) / 255


def psnr(a_BCHW: Tensor, b_BCHW: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture in dB, at most 100."""
    error = (a_BCHW - b_BCHW).square().mean((1, 2, 3))
    return -10 * error.clamp(min=1e-10).log10()


def ssim(a_BCHW: Tensor, b_BCHW: Tensor) -> Tensor:
    """Structural similarity of each picture's brightness (Wang et al. 2004): a Gaussian window of 11, sigma 1.5."""
    a, b = (torch.einsum("bchw,c->bhw", image, torch.tensor(_LUMA))[:, None] for image in (a_BCHW, b_BCHW))
    mean_a, mean_b = _smooth(a), _smooth(b)
    var_a, var_b = _smooth(a * a) - mean_a**2, _smooth(b * b) - mean_b**2
    both = _smooth(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return (top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean((1, 2, 3))


def _smooth(x_B1HW: Tensor) -> Tensor:
    along = torch.exp(-((torch.arange(_WINDOW) - _WINDOW // 2) ** 2) / (2 * _SIGMA**2))
    along = along / along.sum()
    return F.conv2d(F.conv2d(x_B1HW, along.view(1, 1, 1, -1)), along.view(1, 1, -1, 1))
