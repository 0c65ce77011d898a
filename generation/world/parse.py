"""Read the facts out of a caption again. It knows the world's names but none of the phrases that captions are made
of, so that it can check them; what it does not understand it leaves out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from generation.world.vocabulary import COLOURS, INVERSE, THINGS, Thing

_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_COUNTS |= {"eleven": 11, "twelve": 12, "a pair of": 2, "a couple of": 2}
_SIZES = {"small": "small", "tiny": "small", "little": "small", "big": "big", "large": "big", "huge": "big"}
_STYLES = {
    "photo": r"\bphoto|film",
    "watercolour": r"\bwatercolou?r",
    "pixel art": r"\bpixel art|\b8-bit",
    "poster": r"\bposter (?:of|style|art)\b|\b(?:a flat|as a|style of a) poster",
    "pencil": r"\bpencil|\bgraphite",
}
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|「([^」]*)」')
_COLOUR = "|".join((*COLOURS, "grey"))
# Colours of backdrops and boards; some are fruit as well.
_PAINT = re.compile(
    rf"\b(?:{_COLOUR})(?: at the top)? to (?:{_COLOUR})\b"
    rf"|\b(?:{_COLOUR}) and (?:{_COLOUR}) (?=che|squares)"
    rf"|\b(?:in|of) (?:{_COLOUR}) and (?:{_COLOUR})\b"
    rf"|\b(?:{_COLOUR}) (?:background|backdrop)"
)
_WORDS = {
    "left of": r"(?:(?:to|on) the )?left (?:side )?of",
    "right of": r"(?:(?:to|on) the )?right (?:side )?of",
    "above": "above|over",
    "below": "below|under|beneath|underneath",
    "in front of": "in front of",
    "behind": "behind",
}
# Where two things are said to be beside each other, and what the first is to the second.
_SIDES = {
    "left of": ("on the left(?: side)?", "on the right(?: side)?"),
    "above": ("above", "below|underneath"),
    "in front of": ("in front", "behind"),
}


@dataclass(frozen=True)
class Said:
    """A thing as a caption names it: colour None and size "" where it says neither."""

    thing: Thing
    count: int
    colour: str | None
    size: str


@dataclass(frozen=True)
class Facts:
    """What a caption says. `relation` is (index of a thing, one of vocabulary.RELATIONS, index of another)."""

    quoted: tuple[str, ...]
    things: tuple[Said, ...]
    relation: tuple[int, str, int] | None
    style: str


def parse(text: str, things: Sequence[Thing] = THINGS) -> Facts:
    """The facts of a caption about these things; the style is "render" where none is named."""
    quoted = tuple(next(filter(None, found.groups()), "") for found in _QUOTED.finditer(text))
    plain = _PAINT.sub(" ", _QUOTED.sub(" ", text).lower())
    pattern, by_name = _nouns(tuple(things))
    said: list[Said] = []

    def read(found: re.Match[str]) -> str:
        count = found["count"] or "1"
        number = _COUNTS.get(count) or (int(count) if count.isdigit() else 1)
        name = next(name for name in by_name if re.fullmatch(_forms(name), found["name"]))
        said.append(Said(by_name[name], number, found["colour"], _SIZES.get(found["size"] or "", "")))
        return f"<{len(said) - 1}>"

    skeleton = pattern.sub(read, plain)
    style = next((style for style, words in _STYLES.items() if re.search(words, plain)), "render")
    return Facts(quoted, tuple(said), _relation(skeleton, beside=len(said) == 2), style)


def _relation(skeleton: str, *, beside: bool) -> tuple[int, str, int] | None:
    """The relation in a text whose things are numbers in angle brackets; only of two things is "one on the left, one
    on the right" (`beside`) a relation, in a longer list it says where each is."""
    for name, words in _WORDS.items():
        if found := re.search(rf"<(\d+)> (?:is |are )?(?:{words}) <(\d+)>", skeleton):
            return int(found[1]), name, int(found[2])
        if found := re.search(rf"<(\d+)> with <(\d+)> (?:{words}) (?:it|them)\b", skeleton):
            return int(found[2]), name, int(found[1])
    for name, (here, there) in _SIDES.items() if beside else ():
        for first, second, told in ((here, there, name), (there, here, INVERSE[name])):
            found = re.search(rf"<(\d+)> (?:{first})(?:,| and) <(\d+)> (?:{second})\b", skeleton) or re.search(
                rf"\b(?:{first}) <(\d+)>(?:,| and) (?:{second}) <(\d+)>", skeleton
            )
            if found:
                return int(found[1]), told, int(found[2])
    return None


@cache
def _nouns(things: tuple[Thing, ...]) -> tuple[re.Pattern[str], dict[str, Thing]]:
    """A pattern for a thing with its count, size and colour, and whose name is whose; longer names go first."""
    by_name = {name: thing for thing in things for name in thing.names}
    names = sorted(by_name, key=len, reverse=True)
    counts = "|".join((*_COUNTS, r"\d+", "one", "an? single", "an?"))
    noun = rf"\b(?:exactly )?(?:(?P<count>{counts}) )?(?:(?P<size>{'|'.join(_SIZES)}) )?(?:(?P<colour>{_COLOUR}) )?"
    return re.compile(rf"{noun}(?P<name>{'|'.join(map(_forms, names))})\b"), {name: by_name[name] for name in names}


@cache
def _forms(name: str) -> str:
    """A pattern for one and for many of a name."""
    head, preposition, rest = name.partition(" of ")
    if head.endswith("us"):
        many = re.escape(head[:-2]) + "(?:us(?:es)?|i)"
    elif head.endswith("y"):
        many = re.escape(head[:-1]) + "(?:y|ys|ies)"
    else:
        many = re.escape(head) + "(?:e?s)?"
    return many + preposition + re.escape(rest)
