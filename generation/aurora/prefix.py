"""What a picture begins with, and how its codes are sampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.aurora import text


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


def pad_left(prompts: Sequence[list[int]], multiple: int = 1) -> tuple[Tensor, Tensor]:
    """Token lists to (tokens_BT, valid_BT), T a `multiple`; padding left, so that all pictures start in one column."""
    longest = -(-max(map(len, prompts)) // multiple) * multiple
    tokens = torch.tensor([[text.PAD] * (longest - len(prompt)) + prompt for prompt in prompts])
    return tokens, tokens != text.PAD


def prompt_tokens(caption: list[int] | None, plan: list[int] | None = None) -> list[int]:
    """The tokens before a picture's codes. None is a caption left out, or a plan."""
    planned = [text.PLAN, *plan] if plan is not None else []
    return [text.BOS, *(caption if caption is not None else [text.NULL]), *planned, text.IMG]
