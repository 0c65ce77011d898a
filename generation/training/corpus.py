"""Scenes as codes: rendered and encoded once, read many times, each time under another caption."""

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.tokenizer import Tokenizer
from generation.world.render import render
from generation.world.scene import sample_scene

FIRST_SEED = 10_000_000  # away from the tokenizer's own training scenes


class Corpus:
    """seeds[i] tells the scene of codes[i] (rows, columns, 4, 2); int16 because A is below 512."""

    def __init__(
        self, path: Path, tokenizer: Tokenizer, *, side: int, limit: int, first_seed: int = FIRST_SEED
    ) -> None:
        self.path, self.side, self.limit, self.first_seed = path, side, limit, first_seed
        self._tokenizer = tokenizer
        cells = side // 32
        self._codes = torch.zeros(limit, cells, cells, 4, 2, dtype=torch.int16)
        self._filled = 0

    def __len__(self) -> int:
        return self._filled

    @property
    def seeds(self) -> list[int]:
        return list(range(self.first_seed, self.first_seed + self._filled))

    @property
    def codes(self) -> Tensor:
        return self._codes[: self._filled]

    def grow(self, count: int) -> None:
        """Render and encode up to `count` more scenes, as long as there is room."""
        count = min(count, self.limit - self._filled)
        for start in range(0, count, 16):
            size = min(16, count - start)
            seeds = range(self.first_seed + self._filled, self.first_seed + self._filled + size)
            pictures = torch.stack([render(sample_scene(seed), self.side * 2).image_CHW for seed in seeds])
            self._codes[self._filled : self._filled + size] = self._tokenizer.to_codes(F.avg_pool2d(pictures, 2))
            self._filled += size

    def sample(self, count: int, rng: random.Random) -> tuple[list[int], Tensor]:
        """Seeds and codes of `count` scenes drawn at random."""
        picked = [rng.randrange(self._filled) for _ in range(count)]
        return [self.first_seed + number for number in picked], self._codes[picked]

    def save(self) -> None:
        fresh = self.path.with_suffix(".new")
        torch.save(self.codes.clone(), fresh)
        fresh.replace(self.path)

    def load(self) -> None:
        if self.path.exists():
            saved = torch.load(self.path, weights_only=True)
            self._filled = len(saved)
            self._codes[: self._filled] = saved
