"""What this machine is and can do: the yardsticks of the bench."""

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch

READ_BYTES = 2**28
SIDE = 1024
TRIES = 5

T = TypeVar("T")


def facts() -> dict[str, Any]:
    return {"processor": _processor(), "torch": torch.__version__, "cuda": torch.cuda.is_available()}


def read_gb_s(threads: int) -> float:
    """Gigabytes a second that a sum over memory much larger than the caches reads, at best."""
    numbers = torch.ones(READ_BYTES // 4)
    return with_threads(threads, lambda: READ_BYTES / 1e9 / _best(numbers.sum))


def matmul_gflop_s(threads: int) -> float:
    """Billions of single-precision operations a second of a large product, at best."""
    a = torch.randn(SIDE, SIDE)
    return with_threads(threads, lambda: 2 * SIDE**3 / 1e9 / _best(lambda: a @ a))


def _best(work: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def with_threads(threads: int, work: Callable[[], T]) -> T:
    """Do it with so many of torch's threads."""
    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return work()
    finally:
        torch.set_num_threads(usual)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
