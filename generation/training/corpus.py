"""Scenes as codes: rendered and encoded once, read many times, each time under another caption."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.tokenizer import Tokenizer
from generation.training.data import Pairs
from generation.world.render import render_batch
from generation.world.sampling import sample_scene
from generation.world.scene import Scene
from generation.world.vocabulary import THINGS, Thing

FIRST_SEED = 10_000_000  # away from the tokenizer's own training scenes
HELD_OUT = 2_000_000_000  # scenes from this seed on are never trained on
AT_ONCE = 8  # scenes rendered and encoded together


class Corpus:
    """codes[i] (rows, columns, 4, 2) are of the scene of seed `first_seed` + i; int16 because A is below 512."""

    def __init__(
        self,
        path: Path,
        tokenizer: Tokenizer,
        grid: tuple[int, int],
        *,
        limit: int,
        things: Sequence[Thing] = THINGS,
        first_seed: int = FIRST_SEED,
    ) -> None:
        self.path, self.grid, self.limit = path, grid, limit
        self._tokenizer, self._things, self._first_seed = tokenizer, things, first_seed
        self._codes = torch.zeros(limit, *grid, 4, 2, dtype=torch.int16)
        self._filled = 0

    def __len__(self) -> int:
        return self._filled

    @property
    def codes(self) -> Tensor:
        return self._codes[: self._filled]

    def scene(self, number: int) -> Scene:
        return sample_scene(self._first_seed + number, self.grid, things=self._things)

    def grow(self, count: int) -> None:
        """Render and encode up to `count` more scenes, as long as there is room."""
        count = min(count, self.limit - self._filled)
        device = next(self._tokenizer.parameters()).device
        for start in range(0, count, AT_ONCE):
            size = min(AT_ONCE, count - start)
            scenes = [self.scene(self._filled + number) for number in range(size)]
            pictures = F.avg_pool2d(render_batch(scenes, scale=2, device=device).image_BCHW, 2)
            self._codes[self._filled : self._filled + size] = self._tokenizer.to_codes(pictures).cpu()
            self._filled += size

    def sample(self, count: int, rng: random.Random, fits: Callable[[Scene], bool]) -> tuple[list[Scene], Tensor]:
        """`count` scenes drawn at random among those that fit, and their codes."""
        scenes: list[Scene] = []
        numbers: list[int] = []
        for tries in range(count * 200):
            number = rng.randrange(self._filled)
            scene = self.scene(number)
            if fits(scene) or tries > count * 100:
                scenes.append(scene)
                numbers.append(number)
            if len(scenes) == count:
                break
        return scenes, self._codes[numbers]

    def save(self) -> None:
        fresh = self.path.with_suffix(".new")
        torch.save(self.codes.clone(), fresh)
        fresh.replace(self.path)

    def load(self) -> None:
        if self.path.exists():
            saved = torch.load(self.path, weights_only=True)[: self.limit]
            self._filled = len(saved)
            self._codes[: self._filled] = saved


class OwnPictures:
    """Pairs as codes: encoded when they are first asked for, kept from then on."""

    def __init__(self, pairs: Pairs, tokenizer: Tokenizer) -> None:
        self._pairs, self._tokenizer, self.grid = pairs, tokenizer, pairs.grid
        self._codes: dict[int, Tensor] = {}

    def sample(self, count: int, rng: random.Random) -> tuple[list[str], Tensor]:
        """Captions and codes (count, rows, columns, 4, 2) drawn at random."""
        numbers = [rng.randrange(len(self._pairs)) for _ in range(count)]
        codes = torch.stack([self._encoded(number) for number in numbers])
        return [self._pairs.caption(number) for number in numbers], codes

    def _encoded(self, number: int) -> Tensor:
        if number not in self._codes:
            device = next(self._tokenizer.parameters()).device
            codes = self._tokenizer.to_codes(self._pairs.image(number)[None].to(device))
            self._codes[number] = codes[0].to("cpu", torch.int16)
        return self._codes[number]
