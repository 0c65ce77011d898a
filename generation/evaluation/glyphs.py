"""The reader: which letter stands in each cell of the grid, for every script that the world writes in.

Letters fill slots of 32 pixels in height; those of narrow scripts are 16 pixels wide, those of wide scripts 32. The
network answers for every slot of 32x16 pixels which letter begins there, or none. Scripts share looks ("A" is Latin,
Cyrillic and Greek), so it is told which alphabet to read, as tesseract is.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
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
    def read(self, image_BCHW: Tensor, script: str) -> list[tuple["Line", ...]]:
        """The lines of text of each picture; none where there is no text."""
        logits = self.of_script(self(image_BCHW).permute(0, 2, 3, 1), script)
        sure_BRC, letter_BRC = logits.softmax(-1)[..., 1:].max(-1)
        chars, step = self.alphabets[script], 2 if script in WIDE else 1
        return [
            _block([_line(row, *slots, chars, step) for row, slots in enumerate(zip(*rows, strict=True))])
            for rows in zip(sure_BRC.tolist(), letter_BRC.tolist(), strict=True)
        ]


@dataclass(frozen=True)
class Line:
    """Letters in a row of slots from column `first` to before `end`, and how sure they are in all."""

    text: str
    row: int
    first: int
    end: int
    sure: float


def text_of(lines: Sequence[Line]) -> str:
    return " ".join(line.text for line in lines)


def _line(row: int, sures: list[float], numbers: list[int], chars: str, step: int) -> Line:
    """The surest run of letters of a row; a gap of more than a letter ends a run."""
    runs = [Line("", row, 0, 0, 0.0)]
    column = 0
    while column < len(sures):
        better_next = step > 1 and column + 1 < len(sures) and sures[column + 1] > sures[column]
        if sures[column] < LETTER or better_next:
            column += 1
            continue
        if column - runs[-1].end > step:
            runs.append(Line("", row, column, column, 0.0))
        run = runs[-1]
        first = run.first if run.text else column
        runs[-1] = Line(run.text + chars[numbers[column]], row, first, column + step, run.sure + sures[column])
        column += step
    return max(runs, key=lambda run: run.sure)


def _block(lines: list[Line]) -> tuple[Line, ...]:
    """The surest lines that follow one another without an empty row between them."""
    blocks: list[list[Line]] = [[]]
    for line in lines:
        if line.text:
            blocks[-1].append(line)
        else:
            blocks.append([])
    return tuple(max(blocks, key=lambda block: sum(line.sure for line in block)))
