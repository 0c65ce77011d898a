"""The judge: looks at pictures and writes down what is in them. What was asked for is no concern of it, but the script
of a text, as a reader must know which letters to expect."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from generation.aurora.tokenizer import POSITION
from generation.evaluation import reading
from generation.evaluation.glyphs import text_of
from generation.evaluation.seen import Seen
from generation.evaluation.weights import Loaded
from generation.world.scene import SQUARE


@dataclass(frozen=True)
class Found:
    """What a picture shows. `outsider` is tesseract's reading, None where it was not asked."""

    seen: tuple[Seen, ...] = ()
    style: str = ""
    text: str = ""
    outsider: str | None = None


class Judge:
    def __init__(self, evaluators: Loaded) -> None:
        self.evaluators = evaluators
        self.languages = reading.languages()

    def look(self, image_BCHW: Tensor, script: str = "") -> list[Found]:
        """Pictures of any size in 0..1; they are brought to 32 pixels a position of the usual grid."""
        image_BCHW = fitted(image_BCHW)
        detector = self.evaluators.detector
        seen, styles = detector.look(image_BCHW, self.evaluators.threshold), detector.style(image_BCHW)
        texts, outsiders = self._read(image_BCHW, script) if script else ([""] * len(seen), [None] * len(seen))
        return [
            Found(tuple(objects), style, text, outsider)
            for objects, style, text, outsider in zip(seen, styles, texts, outsiders, strict=True)
        ]

    def _read(self, image_BCHW: Tensor, script: str) -> tuple[list[str], Sequence[str | None]]:
        lines = self.evaluators.reader.read(image_BCHW, script)
        texts = [text_of(found) for found in lines]
        if reading.LANGUAGES[script] not in self.languages:
            return texts, [None] * len(texts)
        return texts, [reading.tesseract(image, found, script) for image, found in zip(image_BCHW, lines, strict=True)]


def fitted(image_BCHW: Tensor) -> Tensor:
    """Square pictures to 256x256; others to the same height, and whole positions in width."""
    height = SQUARE[0] * POSITION
    width = round(image_BCHW.shape[3] / image_BCHW.shape[2] * SQUARE[1]) * POSITION
    if image_BCHW.shape[2:] == (height, width):
        return image_BCHW
    return F.interpolate(image_BCHW, (height, width), mode="bilinear", antialias=True).clamp(0, 1)
