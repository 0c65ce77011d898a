"""Boards with writing as pixels: letters of the Noto fonts, each fitted into its own cell of the grid."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from generation.world.scene import Writing
from generation.world.sprites import FontMissing
from generation.world.vocabulary import COLOURS, DARK_INK
from generation.world.words import WIDE

NOTO = Path("/usr/share/fonts")
SANS = NOTO / "truetype/noto/NotoSans-Bold.ttf"
CJK = NOTO / "opentype/noto/NotoSansCJK-Bold.ttc"
DRAWN = 4  # times finer than it is shown
POST_WOOD = (0.45, 0.30, 0.18)


def draw(image_CHW: Tensor, ids_HW: Tensor, writing: Writing, cell: int) -> None:
    """Paint the board and its text into the picture; `cell` is the side of a position in pixels."""
    height, width = len(writing.lines), writing.width
    top, left = round((writing.top - 0.5) * cell), round((writing.left - 0.5) * cell)
    bottom, right = top + (height + 1) * cell, left + (width + 1) * cell
    if writing.kind == "sign":
        middle, half = (left + right) // 2, cell // 8
        post = slice(bottom, bottom + round(1.5 * cell)), slice(middle - half, middle + half)
        image_CHW[:, *post] = _rgb(POST_WOOD, image_CHW)
        ids_HW[post] = -1
    board = _board(bottom - top, right - left, writing, cell).to(image_CHW)
    ink = 0.06 if writing.board in DARK_INK else 0.97
    for number, line in enumerate(writing.lines):
        letters = line_of(line, writing.script, cell).to(image_CHW)
        y = cell // 2 + number * cell
        x = (board.shape[2] - letters.shape[1]) // 2 // (cell // 2) * (cell // 2)
        part = board[:3, y : y + cell, x : x + letters.shape[1]]
        part.mul_(1 - letters).add_(letters * ink)
    inside = image_CHW[:, top:bottom, left:right]
    image_CHW[:, top:bottom, left:right] = inside * (1 - board[3]) + board[:3] * board[3]
    ids_HW[top:bottom, left:right][board[3] > 0.5] = -1


def _rgb(colour: tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor(colour, device=like.device)[:, None, None]


@cache
def _plate(height: int, width: int, radius: int, border: int) -> tuple[Tensor, Tensor]:
    """Alpha of a rounded rectangle, and of its border."""
    masks = []
    for inset in (0, border):
        plate = Image.new("L", (width * DRAWN, height * DRAWN))
        box = (inset * DRAWN, inset * DRAWN, (width - inset) * DRAWN - 1, (height - inset) * DRAWN - 1)
        ImageDraw.Draw(plate).rounded_rectangle(box, radius * DRAWN, fill=255)
        masks.append(
            torch.from_numpy(np.asarray(plate.resize((width, height), Image.Resampling.BOX)) / np.float32(255))
        )
    return masks[0], masks[0] - masks[1]


def _board(height: int, width: int, writing: Writing, cell: int) -> Tensor:
    """(4, height, width): colour and alpha."""
    radius = {"sign": cell // 8, "label": cell // 2, "poster": 1}[writing.kind]
    alpha, border = _plate(height, width, radius, max(cell // 12, 1))
    colour = torch.tensor(COLOURS[writing.board])[:, None, None].expand(3, height, width)
    edge = 0.1 if writing.board in DARK_INK else 0.9
    return torch.cat([torch.lerp(colour, torch.full_like(colour, edge), border), alpha[None]])


@cache
def line_of(line: str, script: str, cell: int) -> Tensor:
    """The letters of a line side by side, alpha (cell, letters * letter width)."""
    width = cell if script in WIDE else cell // 2
    return torch.cat([letter(char, width, cell) for char in line], dim=1)


@cache
def letter(char: str, width: int, height: int) -> Tensor:
    """One letter, alpha (height, width): em and base line are the same for all, wide ones are squeezed."""
    wide = width == height
    canvas = Image.new("L", (height * DRAWN * 2, height * DRAWN))
    em = round(height * DRAWN * (0.86 if wide else 0.80))
    base = round(height * DRAWN * (0.84 if wide else 0.76))
    ImageDraw.Draw(canvas).text((canvas.width // 2, base), char, font=_font(wide, em), fill=255, anchor="ms")
    box = canvas.getbbox()
    if box is None:
        return torch.zeros(height, width)
    cut = canvas.crop((box[0], 0, box[2], canvas.height))
    most = round(width * DRAWN * 0.92)
    if cut.width > most:
        cut = cut.resize((most, cut.height), Image.Resampling.LANCZOS)
    cell = Image.new("L", (width * DRAWN, canvas.height))
    cell.paste(cut, ((cell.width - cut.width) // 2, 0))
    return torch.from_numpy(np.asarray(cell.resize((width, height), Image.Resampling.BOX)) / np.float32(255))


@cache
def _font(wide: bool, em: int) -> ImageFont.FreeTypeFont:
    path = CJK if wide else SANS
    try:
        return ImageFont.truetype(str(path), em, index=1 if wide else 0)
    except OSError as error:
        package = "fonts-noto-cjk" if wide else "fonts-noto-core"
        raise FontMissing(f"No font at {path}: apt-get install {package}.") from error
