"""Own pictures to train on: pairs of an image and its caption, from a folder or from webdataset shards.

A folder holds x.jpg (or .jpeg, .png, .webp) beside x.txt, or beside x.json with a "caption"; subfolders count. A shard
is an uncompressed .tar with the same names in it; a webdataset is one such file or a folder of them. The order is that
of the names, so a number always means the same pair. Captions without an image are left aside.
"""

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

PIXELS = 32  # a position's side
IMAGES = (".jpg", ".jpeg", ".png", ".webp")
CAPTIONS = (".txt", ".json")
LONGEST_CAPTION = 1_000  # characters, as in prompts


class BadData(Exception):
    """Something in the data cannot be used; the sentence names the file and says what to do."""


@dataclass(frozen=True)
class _Member:
    """A file, or a stretch of bytes inside a shard."""

    path: Path
    inside: str = ""  # its name in the shard
    start: int = 0
    size: int = -1

    def __str__(self) -> str:
        return f"{self.inside} in {self.path}" if self.inside else str(self.path)

    @property
    def name(self) -> PurePosixPath:
        return PurePosixPath(self.inside or self.path.as_posix())

    def read(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.size)


class Pairs:
    """Images of `grid` (rows, columns) positions with their captions; listed at once, read when asked for."""

    def __init__(self, path: Path, grid: tuple[int, int]) -> None:
        self.path, self.grid = path, grid
        self._pairs = [_pair(group) for group in _groups(path) if any(_is_image(member) for member in group)]
        if not self._pairs:
            raise BadData(
                f"No images in {path}: put x.jpg, x.png or x.webp beside x.txt, or give a .tar of such pairs."
            )

    def __len__(self) -> int:
        return len(self._pairs)

    def caption(self, number: int) -> str:
        """One line; what is longer than 1,000 characters is cut after a word, as no prompt can be longer."""
        member = self._pairs[number][1]
        try:
            told = member.read().decode()
            words = json.loads(told)["caption"] if member.name.suffix.lower() == ".json" else told
        except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
            raise BadData(f'No caption in {member}: write UTF-8 text, or JSON such as {{"caption": "..."}}.') from None
        words = " ".join(words.split()) if isinstance(words, str) else ""
        if not words:
            raise BadData(f"The caption in {member} is empty: say what the picture shows, or take the pair away.")
        if len(words) > LONGEST_CAPTION:
            words = words[: LONGEST_CAPTION + 1].rpartition(" ")[0] or words[:LONGEST_CAPTION]
        return words

    def image(self, number: int, scale: int = 1) -> Tensor:
        """(3, rows*32*scale, columns*32*scale) in 0..1: the largest middle part of that shape, resized; white behind
        what is transparent."""
        member = self._pairs[number][0]
        rows, columns = (side * PIXELS * scale for side in self.grid)
        try:
            with Image.open(io.BytesIO(member.read())) as opened:
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise BadData(f"Cannot read the image {member} ({error}): replace it, or take the pair away.") from error
        flat = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
        fitted = ImageOps.fit(flat, (columns, rows), Image.Resampling.LANCZOS)
        return torch.from_numpy(np.array(fitted)).permute(2, 0, 1).float() / 255


def _pair(group: list[_Member]) -> tuple[_Member, _Member]:
    """The image and the caption among the members of one stem."""
    images = [member for member in group if _is_image(member)]
    captions = [member for member in group if not _is_image(member)]
    if len(images) > 1:
        raise BadData(f"{images[0]} and {images[1]} share one name: rename one and its caption.")
    if not captions:
        raise BadData(f"No caption for {images[0]}: write {images[0].name.stem}.txt beside it, or take it away.")
    texts = [member for member in captions if member.name.suffix.lower() == ".txt"]
    return images[0], (texts or captions)[0]


def _is_image(member: _Member) -> bool:
    return member.name.suffix.lower() in IMAGES


def _groups(path: Path) -> list[list[_Member]]:
    """Images and captions by stem, sorted; hidden files (as some systems leave beside pictures) are no data."""
    groups: dict[tuple[str, str], list[_Member]] = {}
    for member in _members(path):
        if member.name.suffix.lower() in IMAGES + CAPTIONS and not member.name.name.startswith("."):
            shard = str(member.path) if member.inside else ""
            groups.setdefault((shard, str(member.name.with_suffix(""))), []).append(member)
    return [sorted(groups[key], key=str) for key in sorted(groups)]


def _members(path: Path) -> Iterator[_Member]:
    if path.is_file():
        yield from _shard(path)
    elif not path.is_dir():
        raise BadData(f"There is no folder or .tar at {path}.")
    elif shards := sorted(path.glob("*.tar")):
        for shard in shards:
            yield from _shard(shard)
    else:
        yield from (_Member(file) for file in path.rglob("*") if file.is_file())


def _shard(path: Path) -> Iterator[_Member]:
    try:
        with tarfile.open(path, "r:") as shard:
            for entry in shard:
                if entry.isfile():
                    yield _Member(path, entry.name, entry.offset_data, entry.size)
    except tarfile.TarError as error:
        raise BadData(f"Cannot read {path} as an uncompressed .tar ({error}): unpack or pack it again.") from error
