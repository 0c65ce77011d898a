"""Letters that can be written in a picture, one token each; a Hangul syllable is its two or three jamo."""

import unicodedata

SPACE = " "
NARROW = (
    SPACE
    + "".join(map(chr, range(0x21, 0x7F)))
    + "".join(map(chr, range(0x410, 0x450)))
    + "ЁёІіЇїЄє"
    + "".join(chr(point) for point in range(0x391, 0x3CA) if point != 0x3A2)
    + "ÄÖÜßäöüéèêàâçñáíóúÉÑ€"
)
KANA = "".join(map(chr, range(0x3041, 0x3097))) + "".join(map(chr, range(0x30A1, 0x30FB))) + "ー・。、"
JAMO = (
    "".join(map(chr, range(0x1100, 0x1113)))
    + "".join(map(chr, range(0x1161, 0x1176)))
    + "".join(map(chr, range(0x11A8, 0x11C3)))
)
ALL = tuple(NARROW + KANA + JAMO)
_KNOWN = frozenset(ALL)


def split(text: str) -> list[str]:
    """Letters of a text as tokens; those that cannot be written are left out."""
    parts = []
    for char in unicodedata.normalize("NFC", text):
        jamo = unicodedata.normalize("NFD", char) if is_syllable(char) else char
        if all(part in _KNOWN for part in jamo):
            parts += list(jamo)
    return parts


def join(parts: list[str]) -> str:
    """The text again; jamo that make no syllable stay as they are."""
    return unicodedata.normalize("NFC", "".join(parts))


def is_syllable(char: str) -> bool:
    return 0xAC00 <= ord(char) <= 0xD7A3


def is_wide(char: str) -> bool:
    """Whether a letter fills a whole position, as kana and Hangul do."""
    return char in KANA or is_syllable(char) or char in JAMO
