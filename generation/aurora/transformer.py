"""One sequence of text, plan and image tokens, predicted one after another.

    [references] [BOS] a red apple [PLAN] ... thing apple colour red ... [IMG] position position position ...

A position is 2x2 codes, 32x32 pixels. The sparse body runs once a position; a small depth head then tells the four
codes, two factors each. The body is field for field a `Glm4Moe`: RMSNorm before, grouped-query attention with QK-norm,
rotary positions, a dense first layer, then shared plus routed experts. Rotary positions have three axes (time, row,
column); a text token stands at the same index on all three. What a plan or a control picture says about a place is
added to the input from which that place is predicted.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.aurora import fsq, text
from generation.aurora.moe import MoE, SwiGLU

MAX_GRID = 64  # rows or columns of positions
ROPE_BASE = 10_000.0
N_SLOTS = 4  # codes of a position
REFERENCES = ("style", "subject", "source")


@dataclass(frozen=True)
class TransformerConfig:
    n_vocab: int
    d_model: int = 256
    n_layers: int = 6
    n_heads: int = 4
    n_kv_heads: int = 2
    d_head: int = 64
    d_dense: int = 640
    d_expert: int = 128
    n_experts: int = 16
    top_k: int = 2
    d_depth: int = 192
    d_depth_ff: int = 384
    n_facts: int = 1
    n_parts: int = 1
    d_part: int = 128

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class KVCache:
    """Keys and values of every layer for fixed rows and a fixed longest length; `length` columns are filled."""

    def __init__(self, config: TransformerConfig, rows: int, longest: int, valid_BT: Tensor) -> None:
        shape = (config.n_layers, rows, config.n_kv_heads, longest, config.d_head)
        self.k, self.v = (torch.zeros(shape, device=valid_BT.device) for _ in range(2))
        self.length = 0
        self.valid_BT = F.pad(valid_BT, (0, longest - valid_BT.shape[1]), value=True)

    def append(self, layer: int, k_BHTC: Tensor, v_BHTC: Tensor) -> tuple[Tensor, Tensor]:
        end = self.length + k_BHTC.shape[2]
        self.k[layer, :, :, self.length : end] = k_BHTC
        self.v[layer, :, :, self.length : end] = v_BHTC
        return self.k[layer, :, :, :end], self.v[layer, :, :, :end]


class Attention(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.n_heads, self.n_kv, self.d_head = config.n_heads, config.n_kv_heads, config.d_head
        self.qkv = nn.Linear(config.d_model, (self.n_heads + 2 * self.n_kv) * self.d_head, bias=False)
        self.out = nn.Linear(self.n_heads * self.d_head, config.d_model, bias=False)
        self.q_norm, self.k_norm = nn.RMSNorm(self.d_head, eps=1e-5), nn.RMSNorm(self.d_head, eps=1e-5)

    def forward(self, x_BTD: Tensor, rope: "Rope", mask: Tensor, cache: KVCache | None, layer: int) -> Tensor:
        batch, length, _ = x_BTD.shape
        heads = self.qkv(x_BTD).view(batch, length, -1, self.d_head).transpose(1, 2)
        q, k, v = heads.split((self.n_heads, self.n_kv, self.n_kv), dim=1)
        q, k = rope(self.q_norm(q)), rope(self.k_norm(k))
        if cache is not None:
            k, v = cache.append(layer, k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        return self.out(mixed.transpose(1, 2).flatten(2))


def rope_rates(d_head: int) -> tuple[Tensor, Tensor]:
    """The axis and the rate by which each pair (i, i + d_head / 2) turns: a quarter by time, then row, then column."""
    pairs = d_head // 2
    by_place = pairs * 3 // 8
    counts = (pairs - 2 * by_place, by_place, by_place)
    axes = torch.cat([torch.full((count,), axis) for axis, count in enumerate(counts)])
    within = torch.cat([torch.arange(count) / count for count in counts])
    return axes, ROPE_BASE**-within


class Rope:
    """Rotates pairs by their coordinates, see `rope_rates`."""

    def __init__(self, coords_BT3: Tensor, d_head: int) -> None:
        axes, rates = (each.to(coords_BT3.device) for each in rope_rates(d_head))
        angle = coords_BT3.float()[..., axes] * rates
        self.cos = torch.cat([angle.cos()] * 2, dim=-1)[:, None]
        self.sin = torch.cat([angle.sin()] * 2, dim=-1)[:, None]

    def __call__(self, x_BHTC: Tensor) -> Tensor:
        first, second = x_BHTC.chunk(2, dim=-1)
        return x_BHTC * self.cos + torch.cat([-second, first], dim=-1) * self.sin


class Block(nn.Module):
    def __init__(self, config: TransformerConfig, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.norm_attention = nn.RMSNorm(config.d_model, eps=1e-5)
        self.attention = Attention(config)
        self.norm_mlp = nn.RMSNorm(config.d_model, eps=1e-5)
        self.mlp: nn.Module = (
            SwiGLU(config.d_model, config.d_dense)
            if layer == 0
            else MoE(config.d_model, config.d_expert, config.n_experts, config.top_k)
        )

    def forward(self, x: Tensor, rope: Rope, mask: Tensor, cache: KVCache | None) -> Tensor:
        x = x + self.attention(self.norm_attention(x), rope, mask, cache, self.layer)
        return x + self.mlp(self.norm_mlp(x))


class DepthHead(nn.Module):
    """From the body's vector for a position to its four codes: each sees the ones before it, B of a code sees its A."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        d = config.d_depth
        self.from_body = nn.Linear(config.d_model, d, bias=False)
        self.slot_embed = nn.Embedding(N_SLOTS, d)
        self.a_embed, self.b_embed = nn.Embedding(fsq.N_A, d), nn.Embedding(fsq.N_B, d)
        self.norm_attention, self.norm_mlp, self.norm_out = (nn.RMSNorm(d, eps=1e-5) for _ in range(3))
        self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.mlp = SwiGLU(d, config.d_depth_ff)
        self.a_logits = nn.Linear(d, fsq.N_A)
        self.b_mix = nn.Linear(2 * d, d, bias=False)
        self.b_logits = nn.Linear(d, fsq.N_B)

    def forward(self, body_ND: Tensor, before_NS2: Tensor) -> Tensor:
        """Vectors (N, S + 1, d) for the slots after `before_NS2`, the S codes already known."""
        x = self.from_body(body_ND)[:, None] + self.slot_embed.weight[: before_NS2.shape[1] + 1]
        known = self.a_embed(before_NS2[..., 0]) + self.b_embed(before_NS2[..., 1])
        x = x + F.pad(known, (0, 0, 1, 0))
        q, k, v = (
            part.unflatten(-1, (-1, 64)).transpose(1, 2) for part in self.qkv(self.norm_attention(x)).chunk(3, -1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        return self.norm_out(x + self.mlp(self.norm_mlp(x)))

    def logits_of_b(self, slot_ND: Tensor, a_N: Tensor) -> Tensor:
        return self.b_logits(F.silu(self.b_mix(torch.cat([slot_ND, self.a_embed(a_N)], dim=-1))))


class ControlEncoder(nn.Module):
    """A control picture (edges, depth, segments or boxes, drawn in three channels) to one vector a position.

    Conditional decoding (ControlAR, arXiv 2410.02705): the vector of a place is added to the input that predicts it, so
    the sequence grows no longer. Its last layer starts at zero: without training a control changes nothing.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(3, 48, 8, stride=8),
            nn.SiLU(),
            nn.Conv2d(48, 96, 4, stride=4),
            nn.SiLU(),
            nn.Conv2d(96, d_model, 1),
        )
        nn.init.zeros_(self.convs[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.convs[-1].bias)  # type: ignore[arg-type]

    def forward(self, control_B3HW: Tensor) -> Tensor:
        """(B, 3, rows * 32, columns * 32) in 0..1 to (B, positions, D), to be added to a layout."""
        return self.convs(control_B3HW).flatten(2).transpose(1, 2)


class Transformer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        d = config.d_model
        self.text_embed = nn.Embedding(config.n_vocab, d)
        self.coords_in = nn.Linear(N_SLOTS * len(fsq.LEVELS), d, bias=False)
        self.a_embed, self.b_embed = nn.Embedding(N_SLOTS * fsq.N_A, d), nn.Embedding(N_SLOTS * fsq.N_B, d)
        self.row_embed, self.column_embed = nn.Embedding(MAX_GRID, d), nn.Embedding(MAX_GRID, d)
        self.rows_embed, self.columns_embed = nn.Embedding(MAX_GRID + 1, d), nn.Embedding(MAX_GRID + 1, d)
        self.fact_embed = nn.EmbeddingBag(config.n_facts, d, mode="sum", padding_idx=0)
        self.part_embed = nn.Embedding(config.n_parts, config.d_part, padding_idx=0)
        self.part_in = nn.Linear(config.d_part, d, bias=False)
        self.control = ControlEncoder(d)
        self.reference_embed = nn.Embedding(len(REFERENCES), d)
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(config.n_layers))
        self.norm = nn.RMSNorm(d, eps=1e-5)
        self.head = DepthHead(config)
        self.apply(_initialize)
        for block in self.blocks:
            _zero_outputs(block)

    def layout(self, facts_BPF: Tensor, parts_BP: Tensor) -> Tensor:
        """What a plan says about every position, (B, P, D); see `aurora.layout.Facts`. Zeros are no plan."""
        facts = self.fact_embed(facts_BPF.flatten(0, 1)).view(*parts_BP.shape, -1)
        return facts + self.part_in(self.part_embed(parts_BP))

    def guide(self, grid: tuple[int, int], layout_BPD: Tensor) -> Tensor:
        """What is added to the input from which each position is predicted (B, P, D): where it is, what is planned."""
        return self._place(torch.arange(grid[0] * grid[1]), grid) + layout_BPD

    def embed_prompt(self, tokens_BT: Tensor, grid: tuple[int, int], layout_BPD: Tensor | None = None) -> Tensor:
        """Caption and plan tokens (left-padded) to vectors. [PLAN] and [IMG] also tell the grid, [IMG] the first
        place."""
        x = self.text_embed(tokens_BT)
        size = self.rows_embed.weight[grid[0]] + self.columns_embed.weight[grid[1]]
        x = x + ((tokens_BT == text.PLAN) | (tokens_BT == text.IMG))[..., None] * size
        first = self._place(0, grid) if layout_BPD is None else self._place(0, grid) + layout_BPD[:, :1]
        return x + (tokens_BT == text.IMG)[..., None] * first

    def embed_codes(self, codes_BP42: Tensor, first: int, grid: tuple[int, int], layout_BPD: Tensor) -> Tensor:
        """Codes of positions first, first + 1, ... to vectors; each also tells about the place of the one to come."""
        following = torch.arange(first + 1, first + 1 + codes_BP42.shape[1], device=codes_BP42.device)
        following = following.clamp(max=grid[0] * grid[1] - 1)
        return self.codes_in(codes_BP42) + self._place(following, grid) + layout_BPD[:, following]

    def embed_reference(self, codes_BP42: Tensor, kind: str) -> Tensor:
        """Codes of a reference picture (B, P, D); it stands before the prompt. `kind` is one of REFERENCES."""
        return self.codes_in(codes_BP42) + self.reference_embed.weight[REFERENCES.index(kind)]

    def codes_in(self, codes_BP42: Tensor) -> Tensor:
        """Codes as vectors (B, P, D), without where they are."""
        slots = torch.arange(N_SLOTS, device=codes_BP42.device)
        x = self.coords_in(fsq.to_coords(codes_BP42).flatten(2))
        x = x + self.a_embed(codes_BP42[..., 0] + slots * fsq.N_A).sum(2)
        return x + self.b_embed(codes_BP42[..., 1] + slots * fsq.N_B).sum(2)

    def _place(self, position: int | Tensor, grid: tuple[int, int]) -> Tensor:
        position = torch.as_tensor(position, device=self.row_embed.weight.device)
        row, column = position // grid[1], position % grid[1]
        return self.row_embed(row) + self.column_embed(column)

    def forward(self, x_BTD: Tensor, coords_BT3: Tensor, mask: Tensor, cache: KVCache | None = None) -> Tensor:
        """Vectors to vectors. `mask` (B, 1, T, keys) is True where a query may look."""
        rope = Rope(coords_BT3, self.config.d_head)
        for block in self.blocks:
            x_BTD = block(x_BTD, rope, mask, cache)
        if cache is not None:
            cache.length += x_BTD.shape[1]
        return self.norm(x_BTD)


def prompt_coords(valid_BT: Tensor) -> Tensor:
    """(B, T, 3): a text token stands at its index on all three axes; padding stands at zero."""
    return (valid_BT.long().cumsum(-1) - 1).clamp(min=0)[..., None].expand(-1, -1, 3)


def image_coords(prompt_lengths_B: Tensor, first: int, count: int, columns: int) -> Tensor:
    """(B, count, 3) of positions first, first + 1, ...: one moment after the prompt, spread by row and column."""
    position = torch.arange(first, first + count, device=prompt_lengths_B.device)
    offsets_P3 = torch.stack([torch.zeros_like(position), position // columns, position % columns], dim=-1)
    return prompt_lengths_B[:, None, None] + offsets_P3


def reference_coords(count: int, columns: int, number: int) -> Tensor:
    """(count, 3) of the positions of the number-th reference picture: one moment each before the prompt's first."""
    position = torch.arange(count)
    return torch.stack([torch.full_like(position, -1 - number), position // columns, position % columns], dim=-1)


def causal_mask(valid_BT: Tensor) -> Tensor:
    """(B, 1, T, T): no look ahead, none at padding; every query sees itself so that no softmax is empty."""
    length = valid_BT.shape[1]
    ahead = torch.ones(length, length, dtype=torch.bool, device=valid_BT.device).tril()
    return ((ahead & valid_BT[:, None, :]) | torch.eye(length, dtype=torch.bool, device=valid_BT.device))[:, None]


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding | nn.EmbeddingBag):
        nn.init.normal_(module.weight, std=0.1)
        if module.padding_idx is not None:
            nn.init.zeros_(module.weight[module.padding_idx])
    elif isinstance(module, MoE):
        nn.init.normal_(module.w13_E2FD, std=module.w13_E2FD.shape[-1] ** -0.5)


def _zero_outputs(block: nn.Module) -> None:
    """Every block starts as the identity: deep stacks then train from the first step."""
    nn.init.zeros_(block.attention.out.weight)  # type: ignore[union-attr,arg-type]
    if isinstance(block.mlp, MoE):
        nn.init.zeros_(block.mlp.w2_EDF)
        nn.init.zeros_(block.mlp.shared.w2.weight)
    else:
        nn.init.zeros_(block.mlp.w2.weight)  # type: ignore[union-attr,arg-type]
