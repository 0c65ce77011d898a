"""Whether a rule's pattern is in a text, in bounded time, and whether a pattern can be used at all. No database.

Texts are compared as people read them: compatibility forms are folded (NFKC), case is not looked at, and characters
that nobody sees are taken out first.
"""

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]

SECONDS = 0.05
"""For so long a rule may look at a prompt. A pattern that needs longer has not been written well."""

MOST_WORDS = 500
DEFAULT_CERTAINTY = 0.5
# A Korean noun rarely stands alone: these follow it without a space.
PARTICLES = (
    "은 는 이 가 을 를 의 에 도 만 와 과 랑 이랑 로 으로 에서 에게 한테 부터 까지"
    " 처럼 보다 하고 이나 나 들 들이 들을 들은 들의"
)
HANGUL = regex.compile(r"\p{Hangul}\Z")
# A group that is repeated, inside of which something is repeated: its time can double with every character.
NESTED = regex.compile(r"\((?:[^()\\]|\\.)*(?:[*+]|\{\d*,\d*\})(?:[^()\\]|\\.)*\)\s*(?:[*+]|\{\d*,?\d*\})")
TWICE = regex.compile(r"(?:[*+}]\)*){2}")


class Unusable(ValueError):
    """The pattern cannot be used; the message says why."""


class TooSlow(Exception):
    """The pattern was not found in time, nor ruled out."""


def fold(text: str) -> str:
    """The text as it is compared."""
    seen = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")
    return unicodedata.normalize("NFKC", seen.casefold())


def check(kind: str, pattern: str) -> None:
    """Raises Unusable."""
    if kind == "class":
        classes(pattern)
    else:
        _compiled(kind, pattern)


def finder(kind: str, pattern: str) -> Callable[[str], bool]:
    """A function that says of a folded text whether the pattern is in it. Raises Unusable; the function, TooSlow."""
    compiled = _compiled(kind, pattern)

    def find(folded: str) -> bool:
        try:
            return compiled.search(folded, timeout=SECONDS) is not None
        except TimeoutError as error:
            raise TooSlow from error

    return find


def classes(pattern: str) -> dict[str, float]:
    """Class -> how sure a classifier must be: lines such as "nudity 0.8". Raises Unusable."""
    found = {}
    for line in filter(None, map(str.strip, pattern.splitlines())):
        name, _, certainty = line.partition(" ")
        try:
            found[name] = float(certainty or DEFAULT_CERTAINTY)
        except ValueError as error:
            raise Unusable(f"“{line}” is no class with a number from 0 to 1, as “nudity 0.8”.") from error
        if not 0 <= found[name] <= 1:
            raise Unusable(f"The number in “{line}” must be from 0 to 1.")
    if not found:
        raise Unusable("Write at least one class.")
    return found


def is_among(pattern: str, labels: Mapping[str, float]) -> bool:
    return any(labels.get(name, -1) >= certainty for name, certainty in classes(pattern).items())


@lru_cache(maxsize=512)
def _compiled(kind: str, pattern: str) -> Any:
    source = _words(pattern) if kind == "words" else _expression(pattern)
    try:
        return regex.compile(source, regex.V1 | regex.UNICODE | regex.IGNORECASE)
    except regex.error as error:
        raise Unusable(f"This is no regular expression: {error}.") from error


def _words(pattern: str) -> str:
    words = sorted({fold(line) for line in pattern.splitlines() if line.strip()})
    if not words:
        raise Unusable("Write at least one word.")
    if len(words) > MOST_WORDS:
        raise Unusable(f"At most {MOST_WORDS} words are possible in a rule.")
    return "|".join(map(_word, words))


def _word(word: str) -> str:
    inner = r"\s+".join(map(regex.escape, word.split()))
    particle = f"(?:{'|'.join(PARTICLES.split())})?" if HANGUL.search(word) else ""
    return rf"(?<!\w){inner}{particle}(?!\w)"


def _expression(pattern: str) -> str:
    text = pattern.strip()
    if not text:
        raise Unusable("Write a regular expression.")
    if NESTED.search(text) or TWICE.search(text):
        raise Unusable("Something is repeated inside of what is repeated, as (a+)+: that can take for ever.")
    if regex.search(r"\\[1-9]|\(\?P=|\\g<|\(\?R|\(\?&", text):
        raise Unusable("References to earlier groups are not possible, as they can take for ever.")
    return text
