"""What the transformer is asked to predict: captions a little, plans, and above all codes."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import text
from generation.aurora.moe import MoE
from generation.aurora.transformer import Transformer, causal_mask, image_coords, prompt_coords
from generation.training.examples import Batch, is_planned
from generation.training.shapes import chosen

TEXT_WEIGHT, PLAN_WEIGHT = 0.05, 0.5
ROUTER_Z, HEAD_Z = 1e-3, 1e-4


@dataclass(frozen=True)
class Losses:
    """Nats: `a` and `b` a code, `plan` and `text` a token; `z` keeps logits small and is already weighted."""

    a: Tensor
    b: Tensor
    plan: Tensor
    text: Tensor
    z: Tensor

    @property
    def total(self) -> Tensor:
        return self.a + self.b + PLAN_WEIGHT * self.plan + TEXT_WEIGHT * self.text + self.z

    def figures(self) -> dict[str, float]:
        return {name: round(getattr(self, name).item(), 3) for name in ("total", "a", "b", "plan", "text")}


def losses(
    model: Transformer, batch: Batch, codes_BHW42: Tensor, *, disturb: float = 0.0, background: float = 1.0
) -> Losses:
    """Codes of whole pictures given their prefixes. `disturb` is the share of input codes replaced by others.

    The depth head is a quarter of the work: of positions with nothing on them it sees only a share of `background`,
    which then counts for all of them.
    """
    codes_BP42 = codes_BHW42.flatten(1, 2).long()
    n_positions, n_text = codes_BP42.shape[1], batch.tokens_BT.shape[1]
    layout_BPD = model.layout(batch.facts_BPF, batch.parts_BP)
    prompt = model.embed_prompt(batch.tokens_BT, batch.grid, layout_BPD)
    drawn = model.embed_codes(_disturbed(codes_BP42, disturb)[:, :-1], 0, batch.grid, layout_BPD)
    lengths_B = batch.valid_BT.sum(-1)
    coords = torch.cat(
        [prompt_coords(batch.valid_BT), image_coords(lengths_B, 0, n_positions - 1, batch.grid[1])], dim=1
    )
    mask = causal_mask(F.pad(batch.valid_BT, (0, n_positions - 1), value=True))
    body_BTD = model(torch.cat([prompt, drawn], dim=1), coords, mask)
    weight_N = batch.weight_BP.flatten()
    if background < 1:
        bare_N = weight_N == weight_N.min()
        seen_N = ~bare_N | (torch.rand_like(weight_N) < background)
        weight_N = torch.where(bare_N, weight_N / background, weight_N)
    else:
        seen_N = torch.ones_like(weight_N, dtype=torch.bool)
    ids_N, real_N = chosen(seen_N)
    target_NS2 = codes_BP42.flatten(0, 1)[ids_N]
    slots_NSD = model.head(body_BTD[:, n_text - 1 :].flatten(0, 1)[ids_N], target_NS2[:, :-1])
    share_N = weight_N[ids_N] * real_N / batch.weight_BP.sum()
    a, z_a = _weighted(model.head.a_logits(slots_NSD), target_NS2[..., 0], share_N)
    b, z_b = _weighted(model.head.logits_of_b(slots_NSD, target_NS2[..., 0]), target_NS2[..., 1], share_N)
    plan, words = _text_losses(model, body_BTD[:, :n_text], batch.tokens_BT)
    return Losses(a, b, plan, words, HEAD_Z * (z_a + z_b) + ROUTER_Z * router_z(model))


def plan_losses(model: Transformer, tokens_BT: Tensor, valid_BT: Tensor, grid: tuple[int, int]) -> Losses:
    """Plans given captions, without pictures: the cheap half of the work."""
    body_BTD = model(model.embed_prompt(tokens_BT, grid), prompt_coords(valid_BT), causal_mask(valid_BT))
    plan, words = _text_losses(model, body_BTD, tokens_BT)
    nothing = torch.zeros((), device=body_BTD.device)
    return Losses(nothing, nothing, plan, words, ROUTER_Z * router_z(model))


def router_z(model: Transformer) -> Tensor:
    """Squared log-sum-exp of router logits of the last forward, mean over layers (ST-MoE, arXiv 2202.08906)."""
    return torch.stack([module.z_loss for module in model.modules() if isinstance(module, MoE)]).mean()


def _text_losses(model: Transformer, body_BTD: Tensor, tokens_BT: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy a word of the plan and a token of the caption."""
    targets_BT = tokens_BT[:, 1:]
    real = (targets_BT != text.PAD) & (targets_BT != text.BOS)
    ids_N, real_N = chosen(real)
    planned_N = is_planned(tokens_BT)[:, :-1].flatten()[ids_N]
    logits_NV = F.linear(body_BTD[:, :-1].flatten(0, 1)[ids_N], model.text_embed.weight)
    loss_N = F.cross_entropy(logits_NV.float(), targets_BT.flatten()[ids_N], reduction="none")
    return _mean(loss_N, planned_N & real_N), _mean(loss_N, ~planned_N & real_N)


def _mean(values: Tensor, counted: Tensor) -> Tensor:
    return (values * counted).sum() / counted.sum().clamp(min=1)


def _weighted(logits_NSV: Tensor, targets_NS: Tensor, share_N: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy, and the squared log of the normalizer, which keeps logits from drifting."""
    logits = logits_NSV.flatten(0, 1).float()
    loss_NS = F.cross_entropy(logits, targets_NS.flatten(), reduction="none").view_as(targets_NS)
    return loss_NS.mean(-1) @ share_N, logits.logsumexp(-1).square().mean()


def _disturbed(codes: Tensor, share: float) -> Tensor:
    """Some codes replaced by codes from elsewhere in the batch, so that sampling mistakes can be lived with."""
    if not share:
        return codes
    other = codes.flatten(0, 2)[torch.randperm(codes[..., 0].numel(), device=codes.device)].view_as(codes)
    return torch.where(torch.rand(codes.shape[:-1], device=codes.device)[..., None] < share, other, codes)
