"""Let the model write its plans, word by word, each word one that the grammar of plans allows there."""

from collections.abc import Sequence
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import text
from generation.aurora.decoding import Prefix, pad_left, prompt_tokens
from generation.aurora.layout import Facts
from generation.aurora.plan import Plan, Reading, Want, grammar
from generation.aurora.text import TextTokenizer
from generation.aurora.transformer import KVCache, Transformer, causal_mask, prompt_coords

LONGEST = 240  # words of a plan; by then it is told to end


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

    @torch.inference_mode()
    def write(
        self, captions: Sequence[list[int]], grid: tuple[int, int], seeds: Sequence[int], *, temperature: float
    ) -> list[Plan]:
        """One plan a caption. The same caption and seed give the same plan, whatever else is being planned."""
        rows = [_Row(grid, seed) for seed in seeds]
        starts = [[text.BOS, *caption, text.PLAN] for caption in captions]
        device = self.model.text_embed.weight.device
        tokens_BT, valid_BT = (each.to(device) for each in pad_left(starts))
        memory = KVCache(self.model.config, len(rows), tokens_BT.shape[1] + LONGEST, valid_BT)
        x, coords, mask = self.model.embed_prompt(tokens_BT, grid), prompt_coords(valid_BT), causal_mask(valid_BT)
        lengths_B = valid_BT.sum(-1)
        for step in range(LONGEST):
            body_BD = self.model(x, coords, mask, memory)[:, -1]
            logits_BW = F.linear(body_BD, self.model.text_embed.weight[self.words.n_text :])
            chosen = [
                self._step(row, logits_W, temperature) for row, logits_W in zip(rows, logits_BW.cpu(), strict=True)
            ]
            if all(row.plan is not None for row in rows):
                break
            tokens = torch.tensor(chosen, device=device)[:, None] + self.words.n_text
            x = self.model.text_embed(tokens)
            coords = (lengths_B + step)[:, None, None].expand(-1, 1, 3)
            mask = memory.valid_BT[:, None, None, : memory.length + 1]
        return [row.plan or self._close(row) for row in rows]

    def _step(self, row: "_Row", logits_W: Tensor, temperature: float) -> int:
        """The next word of a row; of a finished one any word will do, as nothing looks at it."""
        if row.plan is not None:
            return 0
        logits_W = logits_W + self._masks(row.wants)
        if temperature == 0:
            word = int(logits_W.argmax())
        else:
            noise = torch.empty_like(logits_W).exponential_(generator=row.random)
            word = int((F.softmax(logits_W / temperature, dim=-1) / noise).argmax())
        row.send(self.words.plan_words.words[word])
        return word

    def _close(self, row: "_Row") -> Plan:
        """End a plan that would not end: what it must still say is the first word that is allowed."""
        end = self.words.plan_words.ids["end", "end"]
        while row.plan is None:
            allowed = (self._masks(row.wants) == 0).nonzero()[:, 0].tolist()
            row.send(self.words.plan_words.words[end if end in allowed else allowed[0]])
        return row.plan

    def _mask(self, wants: Want) -> Tensor:
        """0 for words that may come, minus infinity for the others."""
        mask = torch.full((len(self.words.plan_words),), float("-inf"))
        counts = dict(wants)
        seen: dict[str, int] = {}
        for number, (category, _) in enumerate(self.words.plan_words.words):
            seen[category] = seen.get(category, 0) + 1
            limit = counts.get(category, 0)
            if limit < 0 or seen[category] <= limit:
                mask[number] = 0
        return mask


class _Row:
    """One plan being written."""

    def __init__(self, grid: tuple[int, int], seed: int) -> None:
        self.random = torch.Generator().manual_seed(seed)
        self.plan: Plan | None = None
        self._reading: Reading = grammar(grid)
        self.wants = next(self._reading)

    def send(self, word: tuple[str, str]) -> None:
        try:
            self.wants = self._reading.send(word)
        except StopIteration as done:
            self.plan = done.value
