"""Draw codes position by position in raster order, with classifier-free guidance and one random stream a picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import fsq, text
from generation.aurora.transformer import N_SLOTS, KVCache, Transformer, causal_mask, image_coords, prompt_coords


@dataclass(frozen=True)
class Sampling:
    """`guidance` 1 follows the model as it is, more follows the prompt harder; `temperature` 0 is greedy.

    `plan_temperature` is that of the plan, which is drawn without guidance.
    """

    guidance: float = 2.0
    temperature: float = 0.8
    top_p: float = 0.98
    plan_temperature: float = 0.7


@dataclass(frozen=True)
class Prefix:
    """What stands before the codes of one picture: tokens with [IMG] last, and what the plan says of every position."""

    tokens: list[int]
    facts_PF: Tensor
    parts_P: Tensor


def pad_left(prompts: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
    """Token lists to (tokens_BT, valid_BT); padding on the left so that all pictures start in the same column."""
    longest = max(map(len, prompts))
    tokens = torch.tensor([[text.PAD] * (longest - len(prompt)) + prompt for prompt in prompts])
    return tokens, tokens != text.PAD


def prompt_tokens(caption: list[int] | None, plan: list[int] | None = None) -> list[int]:
    """The tokens before a picture's codes. None is a caption left out, or a plan."""
    planned = [text.PLAN, *plan] if plan is not None else []
    return [text.BOS, *(caption if caption is not None else [text.NULL]), *planned, text.IMG]


class Stream:
    """The random numbers of one picture: the same seed gives the same numbers whoever else is being drawn."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def exponential(self) -> Tensor:
        """(slots, N_A + N_B) numbers for the exponential race of one position."""
        return torch.empty(N_SLOTS, fsq.N_A + fsq.N_B).exponential_(generator=self._generator)


@torch.inference_mode()
def draw(
    model: Transformer,
    prefixes: list[Prefix],
    bare: Prefix,
    grid: tuple[int, int],
    *,
    seeds: list[int],
    sampling: Sampling,
) -> Iterator[Tensor]:
    """Yield the codes (pictures, 4, 2) of one position after another, rows * columns of them.

    `bare` is the prefix without caption and plan, from which guidance leads away.
    """
    n_pictures, guided = len(seeds), sampling.guidance != 1
    rows = [*prefixes, *([bare] * n_pictures if guided else [])]
    device = model.text_embed.weight.device
    tokens_BT, valid_BT = (each.to(device) for each in pad_left([row.tokens for row in rows]))
    layout_BPD = model.layout(
        torch.stack([row.facts_PF for row in rows]).to(device), torch.stack([row.parts_P for row in rows]).to(device)
    )
    n_positions = grid[0] * grid[1]
    cache = KVCache(model.config, len(rows), tokens_BT.shape[1] + n_positions, valid_BT)
    x = model.embed_prompt(tokens_BT, grid, layout_BPD)
    body_BD = model(x, prompt_coords(valid_BT), causal_mask(valid_BT), cache)[:, -1]
    lengths_B = valid_BT.sum(-1)
    streams = [Stream(seed) for seed in seeds]
    for position in range(n_positions):
        noise = torch.stack([stream.exponential() for stream in streams]).to(device)
        codes_N42 = _sample_position(model, body_BD, noise, sampling, guided)
        yield codes_N42
        if position + 1 < n_positions:
            both = codes_N42.repeat(2, 1, 1) if guided else codes_N42
            x = model.embed_codes(both[:, None], position, grid, layout_BPD)
            mask = cache.valid_BT[:, None, None, : cache.length + 1]
            body_BD = model(x, image_coords(lengths_B, position, 1, grid[1]), mask, cache)[:, -1]


def _sample_position(model: Transformer, body_BD: Tensor, noise: Tensor, sampling: Sampling, guided: bool) -> Tensor:
    """The four codes (pictures, 4, 2) of a position, each given the ones before it."""
    n_pictures = len(noise)
    codes = torch.zeros(n_pictures, 0, 2, dtype=torch.long, device=noise.device)
    for slot in range(N_SLOTS):
        before = codes.repeat(2, 1, 1) if guided else codes
        slot_BD = model.head(body_BD, before)[:, -1]
        a = _choose(model.head.a_logits(slot_BD), noise[:, slot, : fsq.N_A], sampling)
        b_logits = model.head.logits_of_b(slot_BD, a.repeat(2) if guided else a)
        b = _choose(b_logits, noise[:, slot, fsq.N_A :], sampling)
        codes = torch.cat([codes, torch.stack([a, b], dim=-1)[:, None]], dim=1)
    return codes


def _choose(logits_BV: Tensor, noise_NV: Tensor, sampling: Sampling) -> Tensor:
    """Guide, cut the tail, and sample by an exponential race: argmax of p / e is a draw from p."""
    if len(logits_BV) > len(noise_NV):
        with_prompt, without = logits_BV.chunk(2)
        logits_BV = without + sampling.guidance * (with_prompt - without)
    if sampling.temperature == 0:
        return logits_BV.argmax(-1)
    probabilities = F.softmax(logits_BV / sampling.temperature, dim=-1)
    return (_nucleus(probabilities, sampling.top_p) / noise_NV).argmax(-1)


def _nucleus(probabilities_NV: Tensor, top_p: float) -> Tensor:
    """Zero all but the smallest set of values that holds `top_p` of the probability."""
    ordered, _ = probabilities_NV.sort(dim=-1, descending=True)
    before = ordered.cumsum(-1) - ordered
    least = torch.where(before < top_p, ordered, 1.0).min(-1, keepdim=True).values
    return probabilities_NV.where(probabilities_NV >= least, 0.0)
