"""From a scene to what the transformer learns from: caption, plan, facts of places, and what counts how much."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.aurora import text
from generation.aurora.layout import Facts
from generation.aurora.prefix import Prefix, pad_left, prompt_tokens
from generation.aurora.text import TextTokenizer
from generation.training.layout import plan_of
from generation.training.shapes import MULTIPLE
from generation.world.caption import caption
from generation.world.scene import Scene


@dataclass(frozen=True)
class Batch:
    """Prefixes of B pictures of one grid, left-padded, and the weight_BP of every position in the loss."""

    tokens_BT: Tensor
    valid_BT: Tensor
    facts_BPF: Tensor
    parts_BP: Tensor
    weight_BP: Tensor
    grid: tuple[int, int]

    def to(self, device: torch.device) -> "Batch":
        return Batch(
            self.tokens_BT.to(device),
            self.valid_BT.to(device),
            self.facts_BPF.to(device),
            self.parts_BP.to(device),
            self.weight_BP.to(device),
            self.grid,
        )


@dataclass(frozen=True)
class Examples:
    """`drop_both` share is without caption and plan (for guidance), then without either of them alone."""

    words: TextTokenizer
    facts: Facts
    thing_weight: float = 3.0
    letter_weight: float = 5.0
    drop_both: float = 0.08
    drop_caption: float = 0.06
    drop_plan: float = 0.08

    def of_scenes(
        self, scenes: Sequence[Scene], rng: random.Random, *, whole: bool = False, quiet: bool = False
    ) -> Batch:
        """A batch of scenes of one grid; `whole` drops nothing, `quiet` all captions."""
        grid = scenes[0].grid
        prefixes = [self._prefix(scene, rng, 1.0 if whole else rng.random(), quiet=quiet) for scene in scenes]
        return collate(prefixes, [self._weights(scene) for scene in scenes], grid)

    def of_captions(self, captions: Sequence[str], grid: tuple[int, int], rng: random.Random) -> Batch:
        """A batch of pictures that nobody planned; the share for guidance goes without caption."""
        said = [None if rng.random() < self.drop_both else self.words.encode(caption) for caption in captions]
        prefixes = [Prefix(prompt_tokens(tokens), *self.facts.nothing(grid)) for tokens in said]
        return collate(prefixes, [torch.ones(grid[0] * grid[1])] * len(prefixes), grid)

    def planned(self, scenes: Sequence[Scene], rng: random.Random, length: int | None = None) -> tuple[Tensor, Tensor]:
        """Captions with their plans only: tokens_BT and valid_BT."""
        prompts = []
        for scene in scenes:
            told = caption(scene, rng, length)
            plan = self.words.encode_plan(plan_of(scene, told))
            prompts.append(prompt_tokens(self.words.encode(told), plan))
        return pad_left(prompts, MULTIPLE)

    def _prefix(self, scene: Scene, rng: random.Random, chance: float, *, quiet: bool) -> Prefix:
        grid = scene.grid
        if chance < self.drop_both:
            return Prefix(prompt_tokens(None), *self.facts.nothing(grid))
        told = caption(scene, rng)
        dropped = quiet or chance < self.drop_both + self.drop_caption
        said = None if dropped else self.words.encode(told)
        if not dropped and chance < self.drop_both + self.drop_caption + self.drop_plan:
            return Prefix(prompt_tokens(said), *self.facts.nothing(grid))
        plan = plan_of(scene, told)
        return Prefix(prompt_tokens(said, self.words.encode_plan(plan)), *self.facts.of(plan, grid))

    def _weights(self, scene: Scene) -> Tensor:
        """(positions,): more where something stands or is written. Grass is easy, and most of a picture is grass."""
        weights = torch.ones(scene.grid)
        for _, place in scene.items:
            weights[place.top : place.top + place.span, place.left : place.left + place.span] = self.thing_weight
        if scene.writing is not None:
            written = scene.writing
            bottom, right = written.top + len(written.lines), written.left + written.width
            weights[written.top - 1 : bottom + 1, written.left - 1 : right + 1] = self.thing_weight
            weights[written.top : bottom, written.left : right] = self.letter_weight
        return weights.flatten()


def collate(prefixes: Sequence[Prefix], weights: Sequence[Tensor], grid: tuple[int, int]) -> Batch:
    tokens_BT, valid_BT = pad_left([prefix.tokens for prefix in prefixes], MULTIPLE)
    facts = torch.stack([prefix.facts_PF for prefix in prefixes])
    parts = torch.stack([prefix.parts_P for prefix in prefixes])
    return Batch(tokens_BT, valid_BT, facts, parts, torch.stack(list(weights)), grid)


def is_planned(tokens_BT: Tensor) -> Tensor:
    """True from [PLAN] on: where the next token is a word of the plan, or [IMG]."""
    return (tokens_BT == text.PLAN).long().cumsum(-1) > 0
