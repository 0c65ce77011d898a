"""What products are computed in on a device: bfloat16 where the hardware has units for it, float32 elsewhere."""

import time
from functools import cache

import torch

SIDE = 512


def best(place: torch.device) -> torch.dtype:
    return torch.bfloat16 if place.type == "cuda" or _has_matrix_units() else torch.float32


def products(place: torch.device, dtype: torch.dtype, *, side: int = SIDE, seconds: float = 0.1) -> float:
    """Floating-point operations a second of square products."""
    a = torch.randn(side, side, device=place, dtype=dtype)
    _multiply(a)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        _multiply(a)
        count += 1
    return count * 2 * side**3 / (time.perf_counter() - begun)


def _multiply(a: torch.Tensor) -> None:
    a @ a
    if a.is_cuda:
        torch.cuda.synchronize(a.device)


@cache
def _has_matrix_units() -> bool:
    """Whether this CPU (one with AMX) is quicker in bfloat16, as told by trying: most are much slower in it."""
    cpu = torch.device("cpu")
    return products(cpu, torch.bfloat16) > 2 * products(cpu, torch.float32)
