"""One step of the model for rows of many sequences at once: what a running batch is made of.

A row is one token of one sequence: its vector, the KV row of its sequence, its index there, its place on the three
axes. The tokens of a prompt are rows too, one after another in the same step. `EagerStep` is plain PyTorch, on a CPU or
a GPU; `native.NativeStep` does the same fused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.prefix import Sampling
from generation.aurora.transformer import N_SLOTS, KVCache, Rope, Transformer


@dataclass(frozen=True)
class Rows:
    """`x_RD`, the KV row and the index of each, and its coordinates (R, 3)."""

    x_RD: Tensor
    kv_rows: list[int]
    indexes: list[int]
    coords_R3: Tensor


@dataclass(frozen=True)
class Choice:
    """How codes are chosen: row i < pictures is picture i with its prompt, `partners[i]` is the row without.

    A row that is its own partner is not guided. `owners[r]` is the picture of row r; `uniform_N8` are one number in
    0..1 a factor.
    """

    owners: list[int]
    partners: list[int]
    samplings: list[Sampling]
    uniform_N8: Tensor


class Step(Protocol):
    """Holds the KV memory of `kv_rows` sequences of at most `longest` tokens."""

    kv_rows: int
    longest: int

    def body(self, rows: Rows) -> Tensor:
        """The body's vectors (R, D). Keys and values of the rows are kept for later steps."""
        ...

    def codes(self, body_RD: Tensor, choice: Choice) -> Tensor:
        """The four codes (pictures, 4, 2) of the next position of each picture, on the CPU."""
        ...


class EagerStep:
    def __init__(self, model: Transformer, *, kv_rows: int, longest: int) -> None:
        self.model, self.kv_rows, self.longest = model, kv_rows, longest
        self._device = model.text_embed.weight.device
        nothing = torch.zeros(kv_rows, 0, dtype=torch.bool, device=self._device)
        self._memory = KVCache(model.config, kv_rows, longest, nothing)

    @torch.inference_mode()
    def body(self, rows: Rows) -> Tensor:
        x_RD = rows.x_RD.to(self._device)
        slots_R, indexes_R = (torch.tensor(each, device=self._device) for each in (rows.kv_rows, rows.indexes))
        reach = int(indexes_R.max()) + 1
        mask_R11T = (torch.arange(reach, device=self._device) <= indexes_R[:, None])[:, None, None]
        rope = Rope(rows.coords_R3.to(self._device)[:, None], self.model.config.d_head)
        memory = _Scattered(self._memory, slots_R, indexes_R, reach)
        x_R1D = x_RD[:, None]
        for block in self.model.blocks:
            x_R1D = block(x_R1D, rope, mask_R11T, memory)
        return self.model.norm(x_R1D)[:, 0]

    def codes(self, body_RD: Tensor, choice: Choice) -> Tensor:
        return codes_of(self.model, body_RD, choice)


@torch.inference_mode()
def codes_of(model: Transformer, body_RD: Tensor, choice: Choice) -> Tensor:
    """See `Step.codes`."""
    head, device = model.head, body_RD.device
    owners_R, partners_N = (torch.tensor(each, device=device) for each in (choice.owners, choice.partners))
    dials_N3, uniform_N8 = dials(choice.samplings).to(device), choice.uniform_N8.to(device)
    codes_N42 = torch.zeros(len(choice.samplings), 0, 2, dtype=torch.long, device=device)
    for slot in range(N_SLOTS):
        slot_RD = head(body_RD, codes_N42[owners_R])[:, -1]
        a = choose(head.a_logits(slot_RD), partners_N, dials_N3, uniform_N8[:, 2 * slot])
        b = choose(head.logits_of_b(slot_RD, a[owners_R]), partners_N, dials_N3, uniform_N8[:, 2 * slot + 1])
        codes_N42 = torch.cat([codes_N42, torch.stack([a, b], dim=-1)[:, None]], dim=1)
    return codes_N42.cpu()


class _Scattered:
    """Stands in for a KVCache whose rows are at different lengths."""

    def __init__(self, memory: KVCache, slots_R: Tensor, indexes_R: Tensor, reach: int) -> None:
        self._memory, self._slots_R, self._indexes_R, self._reach = memory, slots_R, indexes_R, reach

    def append(self, layer: int, k_RH1C: Tensor, v_RH1C: Tensor) -> tuple[Tensor, Tensor]:
        k, v = self._memory.k[layer], self._memory.v[layer]
        k[self._slots_R, :, self._indexes_R] = k_RH1C[:, :, 0]
        v[self._slots_R, :, self._indexes_R] = v_RH1C[:, :, 0]
        return k[self._slots_R, :, : self._reach], v[self._slots_R, :, : self._reach]


def dials(samplings: Sequence[Sampling]) -> Tensor:
    """(N, 3): guidance, temperature, top_p of every picture."""
    return torch.tensor([(each.guidance, each.temperature, each.top_p) for each in samplings])


def choose(logits_RV: Tensor, partners_N: Tensor, dials_N3: Tensor, uniform_N: Tensor) -> Tensor:
    """Guide, cut the tail, and take the value (N,) at which the summed probabilities pass a uniform number."""
    guidance, temperature, top_p = dials_N3[:, :, None].unbind(1)
    without = logits_RV[partners_N]
    logits_NV = without + guidance * (logits_RV[: len(partners_N)] - without)
    kept_NV = _nucleus(F.softmax(logits_NV / temperature.clamp(min=1e-6), dim=-1), top_p)
    passed_NV = kept_NV.cumsum(-1) > uniform_N[:, None] * kept_NV.sum(-1, keepdim=True)
    drawn_N = torch.where(passed_NV.any(-1), passed_NV.int().argmax(-1), kept_NV.argmax(-1))
    return torch.where(temperature[:, 0] == 0, logits_NV.argmax(-1), drawn_N)


def _nucleus(probabilities_NV: Tensor, top_p: Tensor) -> Tensor:
    """Zero all but the smallest set of values that holds `top_p` of the probability."""
    ordered, _ = probabilities_NV.sort(dim=-1, descending=True)
    before = ordered.cumsum(-1) - ordered
    least = torch.where(before < top_p, ordered, 1.0).min(-1, keepdim=True).values
    return probabilities_NV.where(probabilities_NV >= least, 0.0)
