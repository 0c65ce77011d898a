"""Prompts and plans to tokens.

Prose is byte-level BPE (Sennrich et al. 2016), so that every script is accepted and the world's words are one token
each; case and runs of white space carry no meaning there and are folded away. What stands in double quotes is to be
written in the picture: it goes letter by letter, in the tokens that the plan spells with.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from generation.aurora import characters
from generation.aurora.plan import BadPlan, Plan, PlanWords, read, say

PAD, BOS, IMG, NULL, PLAN, OPEN, CLOSE = range(7)
N_SPECIAL = 16  # the rest is kept free for reference and video tokens
_WORDS = re.compile(r" ?[^\W\d_]+| ?\d|\s| ?[^\w\s]|_")
_QUOTED = re.compile(r'["“”„«「]([^"“”„«»「」]{1,60})["“”»」]')

Pair = tuple[int, int]


class TextTokenizer:
    """Ids: specials, bytes, merges, then the words of plans."""

    def __init__(self, merges: Iterable[Pair], plan_words: PlanWords) -> None:
        self.merges = [tuple(pair) for pair in merges]
        self.plan_words = plan_words
        self._rank = {pair: N_SPECIAL + 256 + number for number, pair in enumerate(self.merges)}
        self._encode_word = lru_cache(maxsize=8192)(self._merge)

    @property
    def n_text(self) -> int:
        return N_SPECIAL + 256 + len(self.merges)

    @property
    def n_vocab(self) -> int:
        return self.n_text + len(self.plan_words)

    def encode(self, prompt: str) -> list[int]:
        """Token ids without specials; 1,000 characters are at most about 3,000 tokens (a byte each)."""
        tokens: list[int] = []
        end = 0
        for quoted in _QUOTED.finditer(prompt):
            tokens += self._prose(prompt[end : quoted.start()])
            tokens += [OPEN, *self._letters(quoted[1]), CLOSE]
            end = quoted.end()
        return tokens + self._prose(prompt[end:])

    def encode_plan(self, plan: Plan) -> list[int]:
        return [self.n_text + self.plan_words.ids[word] for word in say(plan)]

    def decode_plan(self, tokens: list[int], grid: tuple[int, int]) -> Plan:
        """Raises BadPlan."""
        if any(not self.n_text <= token < self.n_vocab for token in tokens):
            raise BadPlan("tokens that no plan has")
        return read([self.plan_words.words[token - self.n_text] for token in tokens], grid)

    def _prose(self, text: str) -> list[int]:
        found = _WORDS.findall(normalize(text)) if text.strip() else []
        return [token for word in found for token in self._encode_word(word)]

    def _letters(self, text: str) -> list[int]:
        parts = characters.split(" ".join(text.split()))
        return [self.n_text + self.plan_words.ids["letter", part] for part in parts]

    def _merge(self, word: str) -> tuple[int, ...]:
        tokens = [N_SPECIAL + byte for byte in word.encode()]
        while len(tokens) > 1:
            known = [(self._rank[pair], pair) for pair in pairwise(tokens) if pair in self._rank]
            if not known:
                break
            rank, pair = min(known)
            tokens = replace(tokens, pair, rank)
        return tuple(tokens)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"merges": self.merges, "plan": self.plan_words.as_dict()}, ensure_ascii=False))

    @classmethod
    def load(cls, path: Path) -> "TextTokenizer":
        saved = json.loads(path.read_text())
        return cls([(a, b) for a, b in saved["merges"]], PlanWords.from_dict(saved["plan"]))


def normalize(prompt: str) -> str:
    return " " + " ".join(unicodedata.normalize("NFC", prompt).casefold().split())


def replace(tokens: list[int], pair: Pair, new: int) -> list[int]:
    out: list[int] = []
    for token in tokens:
        if out and (out[-1], token) == pair:
            out[-1] = new
        else:
            out.append(token)
    return out


def learn(captions: Iterable[str], n_merges: int, plan_words: PlanWords) -> TextTokenizer:
    """Learn merges from captions, most frequent pair first; ties go to the smaller ids so that it is repeatable."""
    prose = (_QUOTED.sub(" ", caption) for caption in captions)
    counts = Counter(word for text in prose for word in _WORDS.findall(normalize(text)))
    words = {word: [N_SPECIAL + byte for byte in word.encode()] for word in counts}
    merges: list[Pair] = []
    while len(merges) < n_merges:
        pairs: Counter[Pair] = Counter()
        for word, tokens in words.items():
            for pair in pairwise(tokens):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], -pair[0], -pair[1]))
        words = {word: replace(tokens, best, N_SPECIAL + 256 + len(merges)) for word, tokens in words.items()}
        merges.append(best)
    return TextTokenizer(merges, plan_words)
