"""What the machine can do: the rate of its matrix products, against which a run's rate is told."""

import time

import torch


def matmul_flops(device: torch.device, dtype: torch.dtype, seconds: float = 0.2) -> float:
    """Floating-point operations a second of square products."""
    side = 8192 if device.type == "cuda" else 512
    a = torch.randn(side, side, device=device, dtype=dtype)
    _product(a)
    begun, products = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        _product(a)
        products += 1
    return products * 2 * side**3 / (time.perf_counter() - begun)


def _product(a: torch.Tensor) -> None:
    a @ a
    if a.is_cuda:
        torch.cuda.synchronize(a.device)
