"""Scores with what belongs beside them: an interval, ceilings, a floor, and how many pictures they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

DRAWS = 1000
Z = 1.96  # standard deviations that 95 % lie within
Ratio = tuple[float, float]
"""What counts of what could: right pictures of all, wrong letters of all letters, found objects of those named."""


@dataclass(frozen=True)
class Told:
    """Ratios a prompt: of the pictures, of ground-truth renders, of these through the tokenizer, and of the pictures
    against another prompt."""

    drawn: Sequence[Ratio]
    truth: Sequence[Ratio] = ()
    again: Sequence[Ratio] = ()
    shuffled: Sequence[Ratio] = ()
    pictures: int = 0


def total(ratios: Sequence[Ratio]) -> float | None:
    """All that counts of all that could; None where nothing could."""
    most = sum(of for _, of in ratios)
    return sum(counted for counted, _ in ratios) / most if most else None


def mean_of(parts: Sequence[Sequence[Ratio]]) -> float | None:
    """The mean of the totals of several tasks."""
    totals = [value for ratios in parts if (value := total(ratios)) is not None]
    return sum(totals) / len(totals) if totals else None


def figure(parts: Sequence[Told], seed: int) -> dict[str, Any]:
    """The mean over tasks; prompts are what is drawn again for the interval, as pictures of one prompt are alike."""
    return {
        "value": _rounded(mean_of([part.drawn for part in parts])),
        "ci95": [_rounded(end) for end in interval([part.drawn for part in parts], seed)],
        "ceiling": _rounded(mean_of([part.truth for part in parts])),
        "ceiling_tokenizer": _rounded(mean_of([part.again for part in parts])),
        "floor": _rounded(mean_of([part.shuffled for part in parts])),
        "n": sum(part.pictures for part in parts),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def interval(parts: Sequence[Sequence[Ratio]], seed: int) -> tuple[float, float] | tuple[None, None]:
    """95 % by the bootstrap over prompts; by Wilson where all agree on 0 or 1, and another draw would say nothing."""
    value = mean_of(parts)
    if value is None:
        return None, None
    if all(counted in (0, of) for ratios in parts for counted, of in ratios) and value in (0.0, 1.0):
        return wilson(value, sum(len(ratios) for ratios in parts))
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.stack([_drawn_again(torch.tensor(ratios), generator) for ratios in parts if ratios]).mean(0)
    low, high = drawn.quantile(torch.tensor([0.025, 0.975])).tolist()
    return low, high


def _drawn_again(ratios_N2: Tensor, generator: torch.Generator) -> Tensor:
    chosen = torch.randint(len(ratios_N2), (DRAWS, len(ratios_N2)), generator=generator)
    counted, of = ratios_N2[chosen].sum(1).unbind(1)
    return counted / of.clamp(min=1e-9)


def wilson(share: float, n: int) -> tuple[float, float]:
    """The interval of a share of `n` tries."""
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * (share * (1 - share) / n + Z * Z / (4 * n * n)) ** 0.5
    return max(middle - half, 0.0), min(middle + half, 1.0)


def nested(figures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Figures by dotted names as objects within objects."""
    told: dict[str, Any] = {}
    for name, one in figures.items():
        *path, last = name.split(".")
        inner = told
        for key in path:
            inner = inner.setdefault(key, {})
        inner[last] = one
    return told
