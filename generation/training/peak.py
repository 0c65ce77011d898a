"""What the machine can do: the rate of its matrix products, against which a run's rate is told."""

import time

import torch


def matmul_flops(device: torch.device, seconds: float = 0.3) -> float:
    """Floating-point operations a second of square products: float32 on the CPU, bfloat16 on CUDA."""
    cuda = device.type == "cuda"
    side = 8192 if cuda else 1024
    a = torch.randn(side, side, device=device, dtype=torch.bfloat16 if cuda else torch.float32)
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
