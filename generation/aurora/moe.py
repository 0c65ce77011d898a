"""Sparse feed-forward: one shared expert for every token and the top-k of many routed ones.

The maths is that of transformers' `Glm4MoeMoE`: sigmoid scores, a bias that only takes part in choosing
(DeepSeek-V3, arXiv 2412.19437; loss-free balancing, arXiv 2408.15664), weights renormalised over the chosen.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SwiGLU(nn.Module):
    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.w13 = nn.Linear(d_model, 2 * d_ff, bias=False)
        self.w2 = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.w2(_gated(self.w13(x)))


class MoE(nn.Module):
    def __init__(self, d_model: int, d_ff: int, n_experts: int, top_k: int) -> None:
        super().__init__()
        self.top_k = top_k
        self.router = nn.Linear(d_model, n_experts, bias=False)
        self.w13_E2FD = nn.Parameter(torch.empty(n_experts, 2, d_ff, d_model))  # gate, then up
        self.w2_EDF = nn.Parameter(torch.empty(n_experts, d_model, d_ff))
        self.shared = SwiGLU(d_model, d_ff)
        self.choice_bias_E: Tensor
        self.register_buffer("choice_bias_E", torch.zeros(n_experts))
        self.load_E: Tensor  # tokens each expert got since the last `balance`
        self.register_buffer("load_E", torch.zeros(n_experts), persistent=False)
        self.z_loss = torch.zeros(())

    def forward(self, x_BTD: Tensor) -> Tensor:
        x_ND = x_BTD.flatten(0, -2)
        topk_ids_NK, weights_NK = self.route(x_ND)
        return (self._experts(x_ND, topk_ids_NK, weights_NK) + self.shared(x_ND)).view_as(x_BTD)

    def route(self, x_ND: Tensor) -> tuple[Tensor, Tensor]:
        """Expert ids and weights (N, top_k). In float32: near ties would otherwise flip between devices."""
        logits_NE = self.router(x_ND).float()
        scores_NE = logits_NE.sigmoid()
        topk_ids_NK = (scores_NE + self.choice_bias_E).topk(self.top_k, dim=-1).indices
        weights_NK = scores_NE.gather(-1, topk_ids_NK)
        weights_NK = weights_NK / (weights_NK.sum(-1, keepdim=True) + 1e-20)
        if self.training:
            self.load_E += torch.bincount(topk_ids_NK.flatten(), minlength=len(self.load_E))
            self.z_loss = logits_NE.logsumexp(-1).square().mean()
        return topk_ids_NK, weights_NK.to(x_ND.dtype)

    def _experts(self, x_ND: Tensor, topk_ids_NK: Tensor, weights_NK: Tensor) -> Tensor:
        """Tokens sorted by expert, each through its own: no padding, nothing dropped."""
        by_expert = topk_ids_NK.flatten().argsort(stable=True)
        token_ids = by_expert // self.top_k
        sizes_E = torch.bincount(topk_ids_NK.flatten(), minlength=len(self.load_E))
        apply = self._grouped if x_ND.is_cuda else self._one_by_one
        outputs = apply(x_ND[token_ids], sizes_E)
        weighted = outputs * weights_NK.flatten()[by_expert, None]
        return torch.zeros_like(x_ND).index_add(0, token_ids, weighted.to(x_ND.dtype))

    def _one_by_one(self, sorted_MD: Tensor, sizes_E: Tensor) -> Tensor:
        """A dense product an expert that has any tokens: fastest on a CPU."""
        w13_E2FD: Tensor = self.w13_E2FD
        w2_EDF: Tensor = self.w2_EDF
        half = torch.is_autocast_enabled("cpu")
        if half:  # all experts at once: autocast would do it anew for each
            w13_E2FD, w2_EDF = w13_E2FD.bfloat16(), w2_EDF.bfloat16()
        # Taken apart at once: the gradient of one index is a whole stack of zeros.
        experts = zip(sorted_MD.split(sizes_E.tolist()), w13_E2FD.flatten(1, 2).unbind(), w2_EDF.unbind(), strict=True)
        return torch.cat([_expert(part, w13, w2, half=half) for part, w13, w2 in experts if len(part)])

    def _grouped(self, sorted_MD: Tensor, sizes_E: Tensor) -> Tensor:
        """All experts in one kernel, in bfloat16, without asking the GPU how many tokens each has."""
        ends_E = sizes_E.cumsum(0).int()
        w13_EDF = self.w13_E2FD.flatten(1, 2).bfloat16().mT
        hidden = _gated(F.grouped_mm(sorted_MD.bfloat16(), w13_EDF, offs=ends_E))
        return F.grouped_mm(hidden, self.w2_EDF.bfloat16().mT, offs=ends_E)

    @torch.no_grad()
    def balance(self, rate: float) -> tuple[float, int]:
        """Raise the bias of idle experts and lower that of busy ones; returns (max violation, dead experts)."""
        mean = self.load_E.mean().clamp(min=1)
        self.choice_bias_E += rate * (mean - self.load_E).sign()
        figures = float(self.load_E.max() / mean - 1), int((self.load_E == 0).sum())
        self.load_E.zero_()
        return figures


def _expert(x_MD: Tensor, w13_FD: Tensor, w2_DF: Tensor, *, half: bool) -> Tensor:
    rows = len(x_MD)
    if half:
        # Products in bfloat16 are compiled for their shape: few shapes, or compiling takes longer than computing.
        x_MD = F.pad(x_MD, (0, 0, 0, -rows % 64))
    return F.linear(_gated(F.linear(x_MD, w13_FD)), w2_DF)[:rows]


def _gated(x13: Tensor) -> Tensor:
    gate, up = x13.chunk(2, dim=-1)
    return F.silu(gate) * up
