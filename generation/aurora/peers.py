"""The body as a `Glm4MoeModel` of Hugging Face transformers: the same weights under its names, the same numbers out.

    peer = Glm4MoeModel(Glm4MoeConfig(**glm4_config(model.config)))
    peer.load_state_dict(glm4_state(model))
    peer.rotary_emb = Glm4Rotary(model.config.d_head)
    body_BTD = peer(inputs_embeds=x_BTD, position_ids=coords_BT3, attention_mask=mask).last_hidden_state

What stands around the body (embeddings, layout, depth head) stays ours. Nothing here imports transformers.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.aurora.batch import Brief
from generation.aurora.planning import Planner
from generation.aurora.prefix import pad_left
from generation.aurora.stepping import Choice, codes_of
from generation.aurora.transformer import (
    N_SLOTS,
    ROPE_BASE,
    Rope,
    Transformer,
    TransformerConfig,
    causal_mask,
    image_coords,
    prompt_coords,
)


def glm4_config(config: TransformerConfig) -> dict[str, Any]:
    """The fields of a `Glm4MoeConfig`; those that say how to route leave out its groups and its scale."""
    return {
        "vocab_size": config.n_vocab,
        "hidden_size": config.d_model,
        "num_hidden_layers": config.n_layers,
        "num_attention_heads": config.n_heads,
        "num_key_value_heads": config.n_kv_heads,
        "head_dim": config.d_head,
        "use_qk_norm": True,
        "attention_bias": False,
        "rms_norm_eps": 1e-5,
        "hidden_act": "silu",
        "rope_parameters": {"rope_type": "default", "rope_theta": ROPE_BASE, "partial_rotary_factor": 1.0},
        "intermediate_size": config.d_dense,
        "first_k_dense_replace": 1,
        "moe_intermediate_size": config.d_expert,
        "n_routed_experts": config.n_experts,
        "n_shared_experts": 1,
        "num_experts_per_tok": config.top_k,
        "norm_topk_prob": True,
        "routed_scaling_factor": 1.0,
        "n_group": 1,
        "topk_group": 1,
        "num_nextn_predict_layers": 0,
    }


def glm4_state(model: Transformer) -> dict[str, Tensor]:
    """The body's weights by the names of a `Glm4MoeModel`, all that it has; views where possible, no copies."""
    ours = model.state_dict()
    theirs = {"embed_tokens.weight": ours["text_embed.weight"], "norm.weight": ours["norm.weight"]}
    for layer in range(model.config.n_layers):
        block = _under(ours, f"blocks.{layer}.")
        named = _attention(block, model.config) | (_mlp(block, "mlp.") if layer == 0 else _moe(block))
        theirs |= {f"layers.{layer}.{name}": tensor for name, tensor in named.items()}
    return theirs


class Glm4Rotary(nn.Module):
    """In the place of a `Glm4MoeModel`'s `rotary_emb`: positions on three axes instead of one."""

    def __init__(self, d_head: int) -> None:
        super().__init__()
        self.d_head = d_head

    def forward(self, x_BTD: Tensor, coords_BT3: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines, each (B, T, d_head), in the type of `x_BTD`."""
        rope = Rope(coords_BT3, self.d_head)
        return rope.cos[:, 0].to(x_BTD.dtype), rope.sin[:, 0].to(x_BTD.dtype)


@torch.inference_mode()
def draw_on(peer: Any, memory: Any, planner: Planner, briefs: list[Brief]) -> Tensor:
    """What `batch.draw` gives for guided briefs with plans, with `peer` as the body and `memory` as its cache: all rows
    in lock-step, padded on the left, as transformers generates."""
    model, grid = planner.model, briefs[0].grid
    prefixes = [planner.prefix(brief.caption, brief.plan, grid) for brief in briefs]
    prefixes += [planner.bare(grid)] * len(briefs)
    tokens_BT, valid_BT = pad_left([prefix.tokens for prefix in prefixes])
    layouts_BPD = model.layout(
        torch.stack([prefix.facts_PF for prefix in prefixes]), torch.stack([prefix.parts_P for prefix in prefixes])
    )
    guides_BPD, lengths_B, pictures = model.guide(grid, layouts_BPD), valid_BT.sum(-1), list(range(len(briefs)))
    uniform_NP8 = torch.stack([_uniform(brief) for brief in briefs])
    x_BTD, coords_BT3, mask = (
        model.embed_prompt(tokens_BT, grid, layouts_BPD),
        prompt_coords(valid_BT),
        causal_mask(valid_BT),
    )
    drawn = []
    for position in range(briefs[0].positions):
        body_BD = run_on(peer, x_BTD, coords_BT3, mask, memory)[:, -1]
        partners = [number + len(briefs) for number in pictures]
        choice = Choice(pictures * 2, partners, [brief.sampling for brief in briefs], uniform_NP8[:, position])
        drawn.append(codes_of(model, body_BD, choice))
        if position + 1 < briefs[0].positions:
            x_BTD = model.codes_in(drawn[-1].repeat(2, 1, 1)[:, None]) + guides_BPD[:, None, position + 1]
            coords_BT3 = image_coords(lengths_B, position, 1, grid[1])
            valid_BT = F.pad(valid_BT, (0, 1), value=True)
            mask = valid_BT[:, None, None]
    return torch.stack(drawn, dim=1)


def run_on(peer: Any, x_BTD: Tensor, coords_BT3: Tensor, mask: Tensor, memory: Any = None) -> Tensor:
    """The body's vectors of a `Glm4MoeModel`."""
    told = {"inputs_embeds": x_BTD, "position_ids": coords_BT3, "attention_mask": mask}
    vectors: Tensor = peer(**told, cache=memory, use_cache=memory is not None).last_hidden_state
    return vectors


def _uniform(brief: Brief) -> Tensor:
    return torch.rand(brief.positions, 2 * N_SLOTS, generator=torch.Generator().manual_seed(brief.seed))


def _under(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


def _attention(block: dict[str, Tensor], config: TransformerConfig) -> dict[str, Tensor]:
    heads = (config.n_heads, config.n_kv_heads, config.n_kv_heads)
    q, k, v = block["attention.qkv.weight"].split([n * config.d_head for n in heads])
    return {
        "input_layernorm.weight": block["norm_attention.weight"],
        "self_attn.q_proj.weight": q,
        "self_attn.k_proj.weight": k,
        "self_attn.v_proj.weight": v,
        "self_attn.q_norm.weight": block["attention.q_norm.weight"],
        "self_attn.k_norm.weight": block["attention.k_norm.weight"],
        "self_attn.o_proj.weight": block["attention.out.weight"],
        "post_attention_layernorm.weight": block["norm_mlp.weight"],
    }


def _moe(block: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        "mlp.gate.weight": block["mlp.router.weight"],
        "mlp.gate.e_score_correction_bias": block["mlp.choice_bias_E"],
        "mlp.experts.gate_up_proj": block["mlp.w13_E2FD"].flatten(1, 2),
        "mlp.experts.down_proj": block["mlp.w2_EDF"],
        **_mlp(block, "mlp.shared.", "mlp.shared_experts."),
    }


def _mlp(block: dict[str, Tensor], ours: str, theirs: str = "mlp.") -> dict[str, Tensor]:
    gate, up = block[f"{ours}w13.weight"].chunk(2)
    return {
        f"{theirs}gate_proj.weight": gate,
        f"{theirs}up_proj.weight": up,
        f"{theirs}down_proj.weight": block[f"{ours}w2.weight"],
    }
