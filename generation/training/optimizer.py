"""Muon for matrices, AdamW for the rest.

Muon turns the momentum of a weight matrix into the nearest orthogonal one by a few Newton-Schulz steps
(Jordan et al. 2024, "Muon"). Convolution kernels are flattened to matrices, stacked experts are done as a batch.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


@torch.no_grad()
def orthogonalize(g: Tensor, steps: int = 5) -> Tensor:
    """(..., m, n) to about the nearest matrix with all singular values 1.

    Each step multiplies by a polynomial of the Gram matrix. These commute, so the steps are taken on the small square
    matrix, and their product meets the wide one once.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.size(-2) > g.size(-1)
    x = g.mT if tall else g
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    gram = x @ x.mT
    one = torch.eye(gram.size(-1), device=g.device, dtype=g.dtype)
    product = one.expand_as(gram)
    for _ in range(steps):
        factor = a * one + b * gram + c * gram @ gram
        product = factor @ product
        gram = factor @ gram @ factor
    x = product @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group["lr"], group["momentum"])

    def _update(self, parameter: nn.Parameter, gradient: Tensor, lr: float, momentum: float) -> None:
        buffer = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
        buffer.lerp_(gradient, 1 - momentum)
        nesterov = gradient.lerp(buffer, momentum)
        matrix = nesterov.flatten(1) if _is_kernel(parameter) else nesterov
        rows, columns = matrix.shape[-2:]
        scale = max(1.0, rows / columns) ** 0.5
        parameter.add_(orthogonalize(matrix).view_as(parameter), alpha=-lr * scale)


def _is_kernel(parameter: nn.Parameter) -> bool:
    """A convolution kernel (out, in, 3, 3), not a stack of matrices."""
    return parameter.ndim == 4 and parameter.shape[-1] == 3


def build(model: nn.Module, *, muon_lr: float, adam_lr: float) -> list[torch.optim.Optimizer]:
    """Hidden matrices, kernels and experts to Muon; embeddings, norms, biases, routers and 1x1 exits to AdamW."""
    muon: list[nn.Parameter] = []
    adam: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        hidden = parameter.ndim >= 2 and not any(word in name for word in ("embed", "router", "exit", "logits"))
        if parameter.ndim == 4 and parameter.shape[-1] == 1:
            hidden = False
        (muon if hidden else adam).append(parameter)
    return [
        Muon(muon, lr=muon_lr),
        torch.optim.AdamW(adam, lr=adam_lr, betas=(0.9, 0.95), weight_decay=0.0, foreach=True),
    ]
