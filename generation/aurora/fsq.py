"""Finite scalar quantization: six bounded numbers a code, each rounded to a few levels; no codebook to collapse.

Mentzer et al. 2023 (arXiv 2309.15505), with the sigmoid bound of iFSQ (arXiv 2601.17124) that uses the levels evenly.
A code is told as two factors: A from the first three numbers (512 values), B from the last three (125 values).
"""

import torch
from torch import Tensor

LEVELS = (8, 8, 8, 5, 5, 5)
N_A = 8 * 8 * 8
N_B = 5 * 5 * 5
_PLACES = (64, 8, 1, 25, 5, 1)


def bound(z_BDHW: Tensor) -> Tensor:
    """Any real to (-1, 1)."""
    return 2 * torch.sigmoid(1.6 * z_BDHW) - 1


def quantize(z_BDHW: Tensor) -> Tensor:
    """Bound, then round to the nearest level; the gradient passes straight through the rounding."""
    bounded = bound(z_BDHW)
    steps = _steps(bounded).view(1, -1, 1, 1)
    rounded = torch.round((bounded + 1) / 2 * steps) / steps * 2 - 1
    return bounded + (rounded - bounded).detach()


def to_factors(q_BDHW: Tensor) -> Tensor:
    """Quantized numbers (B, 6, H, W) in [-1, 1] to factors (B, H, W, 2): A in 0..511, B in 0..124."""
    digits = torch.round((q_BDHW.movedim(1, -1) + 1) / 2 * _steps(q_BDHW)).long()
    weighted = digits * torch.tensor(_PLACES, device=q_BDHW.device)
    return torch.stack([weighted[..., :3].sum(-1), weighted[..., 3:].sum(-1)], dim=-1)


def to_coords(factors: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Factors (..., 2) to the six numbers (..., 6) in [-1, 1]."""
    a, b = factors[..., :1], factors[..., 1:]
    places = torch.tensor(_PLACES, device=factors.device)
    levels = torch.tensor(LEVELS, device=factors.device)
    digits = torch.cat([a.expand(*a.shape[:-1], 3), b.expand(*b.shape[:-1], 3)], dim=-1) // places % levels
    return (digits / (levels - 1) * 2 - 1).to(dtype)


def _steps(like: Tensor) -> Tensor:
    return torch.tensor([level - 1 for level in LEVELS], dtype=like.dtype, device=like.device)
