"""`FusedStep`: the step of `stepping.py` in C++, for CPUs; the same weights in, the same codes out."""

import ctypes
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from generation.aurora import fsq
from generation.aurora.fused.build import NotBuilt, library
from generation.aurora.moe import MoE, SwiGLU
from generation.aurora.stepping import Choice, Rows, dials
from generation.aurora.transformer import Block, DepthHead, Transformer, rope_rates

__all__ = ["FusedStep", "NotBuilt"]

LANES = 16
"""Outputs the kernels take at a time."""


class FusedStep:
    """Copies the weights in half precision, as they are shipped. Raises NotBuilt where it cannot be built, or for
    widths that its kernels do not take."""

    def __init__(self, model: Transformer, *, kv_rows: int, longest: int, threads: int, folder: Path) -> None:
        self.kv_rows, self.longest = kv_rows, longest
        self._d_model = model.config.d_model
        sizes = _sizes(model, kv_rows, longest, threads)
        self._code = _declare(ctypes.CDLL(os.fspath(library(folder))))
        tensors = [tensor.detach().float().contiguous() for tensor in _tensors(model)]
        axes, rates = rope_rates(model.config.d_head)
        axes = axes.int()
        self._step = self._code.aurora_step_new(
            (ctypes.c_int32 * len(sizes))(*sizes),
            (ctypes.c_void_p * len(tensors))(*(tensor.data_ptr() for tensor in tensors)),
            _address(axes),
            _address(rates),
        )

    def __del__(self) -> None:
        if step := getattr(self, "_step", None):
            self._code.aurora_step_free(step)

    def body(self, rows: Rows) -> Tensor:
        # Nothing looks at these in C++, where a wrong one would write into the memory of others.
        if not all(0 <= row < self.kv_rows for row in rows.kv_rows):
            raise IndexError(f"KV rows {rows.kv_rows} of {self.kv_rows}")
        if not all(0 <= index < self.longest for index in rows.indexes):
            raise IndexError(f"tokens {rows.indexes} of sequences of {self.longest}")
        x_RD, coords_R3 = rows.x_RD.float().contiguous(), rows.coords_R3.float().contiguous()
        kv_rows_R, indexes_R = (torch.tensor(each, dtype=torch.int32) for each in (rows.kv_rows, rows.indexes))
        body_RD = torch.empty(len(x_RD), self._d_model)
        self._code.aurora_body(
            self._step, *map(_address, (x_RD, kv_rows_R, indexes_R, coords_R3)), len(x_RD), _address(body_RD)
        )
        return body_RD

    def codes(self, body_RD: Tensor, choice: Choice) -> Tensor:
        owners_R, partners_N = (torch.tensor(each, dtype=torch.int32) for each in (choice.owners, choice.partners))
        body_RD, uniform_N8 = body_RD.contiguous(), choice.uniform_N8.contiguous()
        dials_N3 = dials(choice.samplings)
        codes_N42 = torch.empty(len(partners_N), 4, 2, dtype=torch.int64)
        self._code.aurora_codes(
            self._step, _address(body_RD), len(body_RD), len(partners_N),
            *map(_address, (owners_R, partners_N, uniform_N8, dials_N3, codes_N42)),
        )  # fmt: skip
        return codes_N42


def _address(tensor: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr())


def _declare(code: ctypes.CDLL) -> ctypes.CDLL:
    pointer, number = ctypes.c_void_p, ctypes.c_int
    code.aurora_step_new.restype, code.aurora_step_new.argtypes = pointer, [pointer] * 4
    code.aurora_step_free.restype, code.aurora_step_free.argtypes = None, [pointer]
    code.aurora_body.restype, code.aurora_body.argtypes = None, [*[pointer] * 5, number, pointer]
    code.aurora_codes.restype, code.aurora_codes.argtypes = None, [pointer, pointer, number, number, *[pointer] * 5]
    return code


def _sizes(model: Transformer, kv_rows: int, longest: int, threads: int) -> list[int]:
    """The fields of `Sizes` in step.cpp."""
    config = model.config
    widths = [config.d_model, config.d_dense, config.d_expert, config.d_depth, config.d_depth_ff, config.d_head]
    if any(width % LANES for width in widths) or config.d_head > 256 or config.d_depth % 64:
        raise NotBuilt(f"widths {widths} are not all multiples of {LANES} (of the depth head: of 64)")
    return [
        config.d_model, config.n_layers, config.n_heads, config.n_kv_heads, config.d_head, config.d_dense,
        config.d_expert, config.n_experts, config.top_k, config.d_depth, config.d_depth_ff, fsq.N_A, fsq.N_B,
        kv_rows, longest, threads,
    ]  # fmt: skip


def _tensors(model: Transformer) -> Iterator[Tensor]:
    """The weights in the order in which step.cpp takes them."""
    for block in cast("Iterable[Block]", model.blocks):
        attention = block.attention
        yield from (block.norm_attention.weight, attention.qkv.weight, attention.q_norm.weight)
        yield from (attention.k_norm.weight, attention.out.weight, block.norm_mlp.weight)
        yield from _mlp(block.mlp)
    yield model.norm.weight
    yield from _head(model.head)


def _mlp(mlp: torch.nn.Module) -> Iterator[Tensor]:
    if isinstance(mlp, MoE):
        yield from _mlp(mlp.shared)
        yield from (mlp.router.weight, mlp.choice_bias_E, mlp.w13_E2FD, mlp.w2_EDF)
    elif isinstance(mlp, SwiGLU):
        yield from (mlp.w13.weight, mlp.w2.weight)


def _head(head: DepthHead) -> Iterator[Tensor]:
    yield from (head.from_body.weight, head.slot_embed.weight, head.a_embed.weight, head.b_embed.weight)
    yield from (head.norm_attention.weight, head.norm_mlp.weight, head.norm_out.weight)
    yield from (head.qkv.weight, head.out.weight, head.mlp.w13.weight, head.mlp.w2.weight)
    yield from (head.a_logits.weight, head.a_logits.bias, head.b_mix.weight, head.b_logits.weight, head.b_logits.bias)
