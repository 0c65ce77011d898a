"""Let the model write its plans, word by word, each word one that the grammar of plans allows there."""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.layout import Facts
from generation.aurora.plan import Plan, Reading, Want, grammar
from generation.aurora.prefix import Prefix, Sampling, prompt_tokens
from generation.aurora.text import TextTokenizer
from generation.aurora.transformer import Transformer

LONGEST = 288  # words of a plan
CLOSING = 48  # of them, for what a plan that would not end must still say


class Planner:
    """Writes plans for captions and turns them into prefixes of pictures."""

    def __init__(self, model: Transformer, words: TextTokenizer) -> None:
        self.model, self.words = model, words
        self.facts = Facts(words.plan_words)
        self._masks = cache(self._mask)

    def bare(self, grid: tuple[int, int]) -> Prefix:
        """The prefix of a picture of anything."""
        return Prefix(prompt_tokens(None), *self.facts.nothing(grid))

    def prefix(self, caption: list[int] | None, plan: Plan | None, grid: tuple[int, int]) -> Prefix:
        """The prefix of a picture of a caption by a plan; either may be left out."""
        if plan is None:
            return Prefix(prompt_tokens(caption), *self.facts.nothing(grid))
        return Prefix(prompt_tokens(caption, self.words.encode_plan(plan)), *self.facts.of(plan, grid))

    def writer(self, grid: tuple[int, int], random: torch.Generator, sampling: Sampling) -> "Writer":
        """Writes one plan, its random numbers from `random`."""
        return Writer(self, grid, random, sampling.plan_temperature)

    def logits(self, body_D: Tensor) -> Tensor:
        """Of every word of plans."""
        return F.linear(body_D, self.model.text_embed.weight[self.words.n_text :]).cpu()

    def mask(self, wants: Want) -> Tensor:
        """0 for words that may come, minus infinity for the others."""
        return self._masks(wants)

    def _mask(self, wants: Want) -> Tensor:
        mask = torch.full((len(self.words.plan_words),), float("-inf"))
        counts = dict(wants)
        seen: dict[str, int] = {}
        for number, (category, _) in enumerate(self.words.plan_words.words):
            seen[category] = seen.get(category, 0) + 1
            limit = counts.get(category, 0)
            if limit < 0 or seen[category] <= limit:
                mask[number] = 0
        return mask


class Writer:
    """One plan being written: give it the body's vector after each word, and it says the next."""

    def __init__(self, planner: Planner, grid: tuple[int, int], random: torch.Generator, temperature: float) -> None:
        self.plan: Plan | None = None
        self._planner, self._random, self._temperature = planner, random, temperature
        self._reading: Reading = grammar(grid)
        self._wants = next(self._reading)
        self._written = 0

    def write(self, body_D: Tensor) -> int:
        """The token of the next word. When the plan is complete, `plan` is there, and no more may be asked for."""
        word = self._closing() if self._written >= LONGEST - CLOSING else self._choose(body_D)
        self._written += 1
        words = self._planner.words
        try:
            self._wants = self._reading.send(words.plan_words.words[word])
        except StopIteration as done:
            self.plan = done.value
        return words.n_text + word

    def _choose(self, body_D: Tensor) -> int:
        logits_W = self._planner.logits(body_D) + self._planner.mask(self._wants)
        if self._temperature == 0:
            return int(logits_W.argmax())
        noise = torch.empty_like(logits_W).exponential_(generator=self._random)
        return int((F.softmax(logits_W / self._temperature, dim=-1) / noise).argmax())

    def _closing(self) -> int:
        """A plan that would not end is ended: what it must still say is the first word that is allowed."""
        end = self._planner.words.plan_words.ids["end", "end"]
        allowed = (self._planner.mask(self._wants) == 0).nonzero()[:, 0].tolist()
        return end if end in allowed else int(allowed[0])
