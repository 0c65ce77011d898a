"""What is written on signs, labels and posters: words in five scripts, and how wide their letters are."""

import random
from functools import cache
from pathlib import Path

from generation.world.split import is_held_out

WRITTEN = Path(__file__).parent / "written"
SCRIPTS = ("latin", "cyrillic", "greek", "kana", "hangul")
CASED = ("latin", "cyrillic", "greek")
WIDE = ("kana", "hangul")
"""Scripts whose letters fill a whole position; those of the others fill half of one in width."""
LONGEST = {"latin": 8, "cyrillic": 8, "greek": 8, "kana": 5, "hangul": 5}


@cache
def words(script: str) -> tuple[str, ...]:
    """The words of a script that are real."""
    return tuple((WRITTEN / f"{script}.txt").read_text().split())


@cache
def letters(script: str) -> str:
    """What words are thrown together from, lower case."""
    if script == "kana":
        return (
            "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
            "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
        )
    if script == "hangul":
        return "".join((WRITTEN / "syllables.txt").read_text().split())
    first, last = {"latin": ("a", "z"), "cyrillic": ("а", "я"), "greek": ("α", "ω")}[script]
    return "".join(char for char in map(chr, range(ord(first), ord(last) + 1)) if char != "ς")


def sample_word(rng: random.Random, script: str, *, held_out: bool = False) -> str:
    """A word of the script, on the wanted side of the split; half of them are letters thrown together, so that
    spelling is learned rather than words."""
    while True:
        word = rng.choice(words(script)) if rng.random() < 0.5 else _thrown(rng, script)
        if script in CASED:
            word = rng.choice((word.upper(), word.upper(), word, word.capitalize()))
        if len(word) <= LONGEST[script] and is_held_out("word", word) == held_out:
            return word


def _thrown(rng: random.Random, script: str) -> str:
    length = rng.randint(2, 4 if script in WIDE else LONGEST[script])
    return "".join(rng.choice(letters(script)) for _ in range(length))
