"""Pictures in the making: the rows that are there, decoded as they come, as small files."""

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from generation.aurora.batch import Kept
from generation.aurora.tokenizer import POSITION, Tokenizer
from generation.serving.png import encode

HALO = 1  # rows of positions decoded again around the new ones, so that no seam shows


class Canvas:
    """One picture at the x1 exit, filled row by row; what is not drawn yet is transparent. With `kept` only the other
    positions come in, and those between are filled from it.

    One thread may put positions while another shows what is there.
    """

    def __init__(self, tokenizer: Tokenizer, grid: tuple[int, int], kept: Kept | None = None) -> None:
        self._tokenizer, self._grid, self._kept = tokenizer, grid, kept
        rows, columns = grid
        self.codes_HW42 = torch.zeros(rows, columns, 4, 2, dtype=torch.long)
        self._pixels = np.zeros((rows * POSITION, columns * POSITION, 4), dtype=np.uint8)
        self._position = 0
        self.drawn = 0  # positions that came in
        self.shown = 0  # rows
        self._fill()

    @property
    def rows(self) -> int:
        """Rows that are whole."""
        return self._position // self._grid[1]

    def put(self, codes_42: Tensor) -> bool:
        """Add the next position; says whether a row has just become whole."""
        whole = self.rows
        self._add(codes_42)
        self.drawn += 1
        self._fill()
        return self.rows > whole

    def _add(self, codes_42: Tensor) -> None:
        self.codes_HW42[divmod(self._position, self._grid[1])] = codes_42
        self._position += 1

    def _fill(self) -> None:
        """Add what stays, up to the next position that is drawn."""
        while self._kept and not self.complete and self._kept.stays_P[self._position]:
            self._add(self._kept.codes_P42[self._position])

    @property
    def complete(self) -> bool:
        return self.rows == self._grid[0]

    def webp(self, rows: int) -> bytes:
        """The first `rows` rows as a WebP with transparency; only new rows and their neighbours are decoded."""
        top = max(self.shown - HALO, 0)
        above = max(top - HALO, 0)
        strip = self._tokenizer.to_image(self.codes_HW42[None, above:rows])[0]
        pixels = to_pixels(strip)[(top - above) * POSITION :]
        self._pixels[top * POSITION : rows * POSITION, :, :3] = pixels
        self._pixels[top * POSITION : rows * POSITION, :, 3] = 255
        self.shown = rows
        return _encoded(Image.fromarray(self._pixels), format="WEBP", quality=80, method=1)


def png(image_CHW: Tensor) -> bytes:
    """A picture in 0..1 as a PNG without metadata: the same pixels are the same bytes."""
    return encode(to_pixels(image_CHW))


def webp(image_CHW: Tensor, height: int) -> bytes:
    """The top of a picture as a WebP of the whole `height`, transparent below."""
    top = to_pixels(image_CHW)
    pixels = np.zeros((height, top.shape[1], 4), dtype=np.uint8)
    pixels[: len(top), :, :3], pixels[: len(top), :, 3] = top, 255
    return _encoded(Image.fromarray(pixels), format="WEBP", quality=80, method=1)


def to_pixels(image_CHW: Tensor) -> np.ndarray:
    return np.asarray((image_CHW * 255).round().byte().permute(1, 2, 0).numpy())


def _encoded(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()
