"""Prompts to tokens: byte-level BPE, so that every script is accepted and the world's words are one token each.

Sennrich et al. 2016 on bytes. Case and runs of white space carry no meaning in a prompt and are folded away.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

PAD, BOS, IMG, NULL = 0, 1, 2, 3
N_SPECIAL = 16  # the rest is kept free for plan, reference and video tokens
_WORDS = re.compile(r" ?[^\W\d_]+| ?\d|\s| ?[^\w\s]|_")

Pair = tuple[int, int]


class TextTokenizer:
    def __init__(self, merges: Iterable[Pair]) -> None:
        self.merges = [tuple(pair) for pair in merges]
        self._rank = {pair: N_SPECIAL + 256 + number for number, pair in enumerate(self.merges)}
        self._encode_word = lru_cache(maxsize=8192)(self._merge)

    @property
    def n_vocab(self) -> int:
        return N_SPECIAL + 256 + len(self.merges)

    def encode(self, prompt: str) -> list[int]:
        """Token ids without specials; 1,000 characters are at most about 3,000 tokens (a byte each)."""
        return [token for word in _WORDS.findall(normalize(prompt)) for token in self._encode_word(word)]

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
        path.write_text(json.dumps({"merges": self.merges}))

    @classmethod
    def load(cls, path: Path) -> "TextTokenizer":
        return cls([(a, b) for a, b in json.loads(path.read_text())["merges"]])


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


def learn(captions: Iterable[str], n_merges: int) -> TextTokenizer:
    """Learn merges from captions, most frequent pair first; ties go to the smaller ids so that it is repeatable."""
    counts = Counter(word for text in captions for word in _WORDS.findall(normalize(text)))
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
    return TextTokenizer(merges)
