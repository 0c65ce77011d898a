"""The average of the weights that a run passed through: what is looked at, measured and served."""

from collections.abc import Mapping

import torch
from torch import Tensor

POWER = 7.0  # of a step's share in the average; the mean age of what is averaged is steps / (POWER + 2)


@torch.no_grad()
def follow(average: dict[str, Tensor], weights: Mapping[str, Tensor], steps: int) -> None:
    """Take the weights after step number `steps` (counted from 1) into `average`, in place.

    A step's share grows as its number to the power of POWER (Karras et al. 2023, "Analyzing and Improving the Training
    Dynamics of Diffusion Models"): the window is a fixed part of the run and grows with it. Integers are copied.
    """
    newest = 1 - (1 - 1 / steps) ** (POWER + 1)
    numbers = [name for name, value in weights.items() if value.is_floating_point()]
    torch._foreach_lerp_([average[name] for name in numbers], [weights[name] for name in numbers], newest)
    for name in weights.keys() - set(numbers):
        average[name].copy_(weights[name])
