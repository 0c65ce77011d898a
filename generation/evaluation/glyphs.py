"""The reader: which letter stands in each cell of the grid, for every script that the world writes in.

Letters fill slots of 32 pixels in height; those of narrow scripts are 16 pixels wide, those of wide scripts 32. The
network answers for every slot of 32x16 pixels which letter begins there, or none. Scripts share looks ("A" is Latin,
Cyrillic and Greek), so it is told which alphabet to read, as tesseract is.
"""

import unicodedata
from functools import cache

import torch
from torch import Tensor, nn

from generation.evaluation.detector import Block, Conv
from generation.world.words import CASED, SCRIPTS, WIDE, letters, words

NONE = 0  # the class of a slot where no letter begins
_SAME = str.maketrans("ヘベペ", "へべぺ")  # drawn alike, so told apart by nobody
LETTER = 0.5  # how sure the reader must be of a letter


def folded(text: str) -> str:
    """Text as it is compared: composed (NFC), one space between words, look-alikes made one."""
    return " ".join(unicodedata.normalize("NFC", text).split()).translate(_SAME)


@cache
def alphabet(script: str) -> str:
    """Every character that the world may write in the script."""
    found = set(letters(script)) | set("".join(words(script)))
    if script in CASED:
        found |= {form for char in found for form in (char.upper(), char.lower()) if len(form) == 1}
    return "".join(sorted({folded(char) for char in found}))


def alphabets() -> dict[str, str]:
    return {script: alphabet(script) for script in SCRIPTS}


class Reader(nn.Module):
    def __init__(self, alphabets: dict[str, str], widths: tuple[int, int, int] = (32, 56, 80)) -> None:
        super().__init__()
        c4, c8, c16 = widths
        self.alphabets = alphabets
        self.first: dict[str, int] = {}  # class of an alphabet's first letter
        n_classes = 1
        for script, chars in alphabets.items():
            self.first[script] = n_classes
            n_classes += len(chars)
        self.body = nn.Sequential(
            nn.PixelUnshuffle(4), Conv(48, c4, 1), Block(c4),
            nn.PixelUnshuffle(2), Conv(4 * c4, c8, 1), Block(c8),
            nn.PixelUnshuffle(2), Conv(4 * c8, c16, 1), Block(c16),
        )  # fmt: skip
        self.slot = Conv(2 * c16, 2 * c16)
        self.exit = nn.Conv2d(2 * c16, n_classes, 1)

    def forward(self, image_BCHW: Tensor) -> Tensor:
        """Logits (B, classes, rows, columns * 2) of the slots of pictures in 0..1 at 32 pixels a position."""
        x = self.body(image_BCHW - 0.5)
        batch, channels, height, width = x.shape
        stacked = x.view(batch, channels, height // 2, 2, width).transpose(2, 3)
        return self.exit(self.slot(stacked.reshape(batch, channels * 2, height // 2, width)))

    def of_script(self, logits: Tensor, script: str) -> Tensor:
        """The logits (..., 1 + letters) of none and the letters of one alphabet; classes are in the last place."""
        first = self.first[script]
        return torch.cat([logits[..., :1], logits[..., first : first + len(self.alphabets[script])]], dim=-1)

    def number(self, char: str, script: str) -> int:
        """The class of a letter within its alphabet, counted from 1."""
        return self.alphabets[script].index(folded(char)) + 1

    @torch.inference_mode()
    def read(self, image_BCHW: Tensor, script: str) -> list[str]:
        """The text of each picture, lines joined by a space; "" where there is none."""
        logits = self.of_script(self(image_BCHW).permute(0, 2, 3, 1), script)
        sure_BRC, letter_BRC = logits.softmax(-1)[..., 1:].max(-1)
        chars, wide = self.alphabets[script], script in WIDE
        return [
            " ".join(_block([_line(sures, numbers, chars, wide) for sures, numbers in zip(*rows, strict=True)]))
            for rows in zip(sure_BRC.tolist(), letter_BRC.tolist(), strict=True)
        ]


Line = tuple[str, float]  # what is read and how sure that is in all


def _line(sures: list[float], numbers: list[int], chars: str, wide: bool) -> Line:
    """The surest run of letters of a row of slots; a gap of more than a letter ends a run."""
    step, runs, last = (2 if wide else 1), [("", 0.0)], -10
    column = 0
    while column < len(sures):
        better_next = wide and column + 1 < len(sures) and sures[column + 1] > sures[column]
        if sures[column] < LETTER or better_next:
            column += 1
            continue
        if column - last > 2 * step:
            runs.append(("", 0.0))
        text, total = runs[-1]
        runs[-1] = (text + chars[numbers[column]], total + sures[column])
        last, column = column, column + step
    return max(runs, key=lambda run: run[1])


def _block(lines: list[Line]) -> list[str]:
    """The surest lines that follow one another without an empty row between them."""
    blocks: list[list[Line]] = [[]]
    for line in lines:
        if line[0]:
            blocks[-1].append(line)
        else:
            blocks.append([])
    best = max(blocks, key=lambda block: sum(sure for _, sure in block))
    return [text for text, _ in best]
