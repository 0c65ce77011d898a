"""Adds to a prompt what it leaves open: how it is made, ground, sky and light, in words that the model has seen.

By rules alone: the same prompt is always expanded alike, and nothing that it names is added once more. Plain data, as
the process that serves pages does not load the model's world.
"""

import hashlib
import re
from dataclasses import dataclass

from generation import catalog


@dataclass(frozen=True)
class Part:
    """Something that a picture has; `known` are words by which a prompt names it already."""

    known: str
    choices: tuple[str, ...]
    before: bool = False


STYLE = Part(
    "photo|photograph|render|3d|watercolou?r|pixel|8-bit|poster|pencil|sketch|drawing|graphite|painting|picture of"
    "|사진|그림|수채화|연필",
    ("a photo of ", "a 3d render of ", "a watercolour of ", "a poster of ", "a pencil sketch of "),
    before=True,
)
GROUND = Part(
    "grass|meadow|lawn|field|desert|sand|snow|sea|ocean|water|wood|wooden|table|floor|brick|bricks|marble|tiles"
    "|background|backdrop|gradient|checkerboard|잔디|풀밭|사막|눈|바다|나무|배경",
    (" on green grass", " on yellow sand", " on white snow", " on a wooden table", " on a marble floor"),
)
SKY = Part(
    "sky|skies|cloud|clouds|cloudy|sunset|dusk|evening|night|starry|stars|skyline|city|background|backdrop|gradient"
    "|checkerboard|하늘|구름|노을|밤|도시|배경",
    (" under a blue sky", " under a cloudy sky", " at sunset", " under a starry night sky"),
)
LIGHT = Part(
    "light|lit|shadow|shadows|sunbeam|sunbeams|rays|beams|reflection|reflected|background|backdrop|gradient"
    "|checkerboard|빛|그림자|배경",
    (", lit from the left", ", lit from the right"),
)


@dataclass(frozen=True)
class Expansion:
    """The longer prompt, and what was added to it, as it stands there."""

    prompt: str
    added: list[str]


def expand(prompt: str) -> Expansion:
    """What is open is filled in as far as there is room for it; the prompt itself stays as it was written."""
    text, added = prompt.strip(), []
    for part in (GROUND, SKY, LIGHT, STYLE):
        words = _choice(part, prompt)
        if not _names(part, prompt) and len(text) + len(words) <= catalog.MAX_PROMPT:
            text = words + text if part.before else text.rstrip(".,") + words
            added.append(words)
    return Expansion(text, added)


def _names(part: Part, prompt: str) -> bool:
    # Korean words carry their particles behind them, so that no word ends where its name does.
    return bool(re.search(rf"\b(?:{part.known})(?:\b|(?<=[가-힣]))", prompt.casefold()))


def _choice(part: Part, prompt: str) -> str:
    """One that the prompt itself picks."""
    digest = hashlib.sha256(f"{part.known}|{' '.join(prompt.casefold().split())}".encode()).digest()
    return part.choices[digest[0] % len(part.choices)]
