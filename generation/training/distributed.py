"""Several processes that train one model, each on its own share of every batch, started by torchrun.

Every helper does nothing, or answers for one process, where there is only one. `start` reads what torchrun sets:
RANK, WORLD_SIZE, LOCAL_RANK and the address to meet at.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from generation.aurora import precision


@contextmanager
def start() -> Iterator[None]:
    """Join the other processes while the block runs; gloo between CPUs, nccl between GPUs."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(device())
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def device() -> torch.device:
    """The GPU of this process where there is one, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


def autocast(place: torch.device) -> AbstractContextManager[Any]:
    """Products in bfloat16 where that is quicker."""
    half = precision.best(place) == torch.bfloat16
    return torch.autocast(place.type, dtype=torch.bfloat16) if half else nullcontext()


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this process writes checkpoints, logs and sheets."""
    return rank() == 0


@contextmanager
def first_alone() -> Iterator[None]:
    """The first process goes through the block before the others enter it, and find there the files that it wrote."""
    if not is_first():
        dist.barrier()
    yield
    if is_first() and world_size() > 1:
        dist.barrier()


def turn(step: int) -> int:
    """The number of this process's batch of `step`: no two processes and no two steps share one."""
    return step * world_size() + rank()


def from_first(value: float) -> float:
    """What the first process says, so that all end at the same step though their clocks differ."""
    if world_size() == 1:
        return value
    said = torch.tensor(value, dtype=torch.float64, device=device())
    dist.broadcast(said, 0)
    return float(said)


def sum_over_ranks(tensor: Tensor) -> Tensor:
    """`tensor` summed over the processes, in place; counts of the experts' load, for example."""
    if world_size() > 1:
        dist.all_reduce(tensor)
    return tensor


@torch.no_grad()
def spread(model: nn.Module) -> None:
    """Give every process the weights of the first."""
    if world_size() > 1:
        for value in model.state_dict().values():
            dist.broadcast(value, 0)


@torch.no_grad()
def average_gradients(model: nn.Module) -> None:
    """Replace every gradient by its mean over the processes, in one exchange.

    A parameter without a gradient in one process counts as zero there; without one in any, it keeps none, so that
    optimizers go on skipping it. The mean is that of the joined batch where all shares are of one size.
    """
    if world_size() == 1:
        return
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    has = torch.tensor([parameter.grad is not None for parameter in parameters], device=parameters[0].device)
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    flat = torch.cat([has.float(), *(gradient.flatten().float() for gradient in gradients)])
    sum_over_ranks(flat)
    counts, *means = flat.split([len(parameters), *(parameter.numel() for parameter in parameters)])
    for parameter, count, mean in zip(parameters, counts.tolist(), means, strict=True):
        parameter.grad = (mean / world_size()).view_as(parameter).to(parameter.dtype) if count else None
