"""Text that is read against text that was asked for, and tesseract as the second reader."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from io import BytesIO

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from generation.evaluation.glyphs import Line

LANGUAGES = {"latin": "eng", "cyrillic": "rus", "greek": "ell", "kana": "jpn", "hangul": "kor"}
SLOT = 16  # pixels a slot is wide; a row is twice as high


def distance(one: str, other: str) -> int:
    """Characters to insert, delete or replace to make one text the other."""
    row = list(range(len(other) + 1))
    for number, char in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, wanted in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (char != wanted))
    return row[-1]


@cache
def languages() -> frozenset[str]:
    """Those that an installed tesseract knows; none without one."""
    if shutil.which("tesseract") is None:
        return frozenset()
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    return frozenset(listed.stdout.split())


def tesseract(image_CHW: Tensor, lines: Sequence[Line], script: str) -> str:
    """What tesseract reads where the reader found lines. It is not asked where they are: in a busy picture it cannot
    tell."""
    return " ".join(_ask(_cut(image_CHW, line), LANGUAGES[script]) for line in lines)


def _cut(image_CHW: Tensor, line: Line) -> Image.Image:
    """The line in dark letters on light, twice as large, with a margin."""
    top, left = max(line.row * 2 * SLOT - 4, 0), max(line.first * SLOT - 8, 0)
    gray = image_CHW[:, top : (line.row + 1) * 2 * SLOT + 4, left : line.end * SLOT + 8].mean(0)
    gray = (gray - gray.min()) / (gray.max() - gray.min()).clamp(min=0.1)
    paper = 1 - gray if gray.median() < 0.5 else gray
    framed = F.pad(paper[None, None], (12, 12, 12, 12), value=1.0)
    large = F.interpolate(framed, scale_factor=2, mode="bicubic").clamp(0, 1)[0, 0]
    return Image.fromarray((large * 255).byte().numpy())


def _ask(picture: Image.Image, language: str) -> str:
    file = BytesIO()
    picture.save(file, "PNG")
    told = subprocess.run(
        ["tesseract", "-", "-", "-l", language, "--psm", "7"],
        input=file.getvalue(),
        capture_output=True,
        check=False,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return "".join(told.stdout.decode(errors="replace").split())
