"""The eye: a small convolutional detector of the world's objects. It scores pictures and never trains what draws them.

Objects lie on a grid of 32 pixels and are two, three or four positions wide, so their centres are corners of squares of
16 pixels. The network answers at exactly these corners, in the manner of CenterNet (Zhou et al. 2019, "Objects as
Points"): is there a centre, of what, in which colour, how wide, and is a part of it hidden. One more answer is for the
whole picture: its style.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.evaluation.seen import COLOUR_NAMES, Seen
from generation.world.vocabulary import STYLES

CORNER = 16  # pixels between neighbouring corners
USUAL = 3.0  # positions: the side that an untrained network guesses


@dataclass(frozen=True)
class Answers:
    """At the corners (R = rows * 2 + 1, S = columns * 2 + 1): logits, but for `side_BRS`, which is in positions."""

    centre_BRS: Tensor
    thing_BTRS: Tensor
    colour_BCRS: Tensor
    side_BRS: Tensor
    hidden_BRS: Tensor
    style_BN: Tensor


class Conv(nn.Sequential):
    def __init__(self, c_in: int, c_out: int, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(c_in, c_out, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(c_out), nn.ReLU()
        )


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(Conv(channels, channels), Conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.convs(x)


class Detector(nn.Module):
    def __init__(self, things: tuple[str, ...], widths: tuple[int, int, int] = (32, 64, 112)) -> None:
        super().__init__()
        self.things, (c4, c8, c16) = things, widths
        self.fine = nn.Sequential(
            nn.PixelUnshuffle(4), Conv(48, c4, 1), Block(c4),
            nn.PixelUnshuffle(2), Conv(4 * c4, c8, 1), Block(c8), Block(c8),
        )  # fmt: skip
        self.coarse = nn.Sequential(nn.PixelUnshuffle(2), Conv(4 * c8, c16, 1), Block(c16), Block(c16))
        self.split = (1, len(things), len(COLOUR_NAMES), 1, 1)
        self.exit = nn.Conv2d(c16, sum(self.split), 2, padding=1)
        self.exit_style = nn.Linear(c8 + c16, len(STYLES))  # which is in the grain as much as in the shapes
        nn.init.constant_(self.exit.bias[0], -4.0)  # type: ignore[index]  # centres are rare

    def forward(self, image_BCHW: Tensor) -> Answers:
        """Pictures in 0..1 at 32 pixels a position."""
        fine = self.fine(image_BCHW - 0.5)
        coarse = self.coarse(fine)
        centre, thing, colour, side, hidden = self.exit(coarse).split(self.split, dim=1)
        style = self.exit_style(torch.cat([fine.mean((2, 3)), coarse.mean((2, 3))], dim=1))
        return Answers(centre[:, 0], thing, colour, side[:, 0] + USUAL, hidden[:, 0], style)

    @torch.inference_mode()
    def look(self, image_BCHW: Tensor, threshold: float) -> list[list[Seen]]:
        """The objects of each picture, the surest first."""
        return self.seen(self(image_BCHW), threshold)

    def seen(self, answers: Answers, threshold: float) -> list[list[Seen]]:
        """Corners that are surer than `threshold` (0..1) and than their neighbours."""
        score_BRS = answers.centre_BRS.sigmoid() * answers.thing_BTRS.softmax(1).amax(1)
        peak_BRS = score_BRS == F.max_pool2d(score_BRS[:, None], 3, 1, padding=1)[:, 0]
        found: list[list[Seen]] = [[] for _ in score_BRS]
        for at in (peak_BRS & (score_BRS > threshold)).nonzero().tolist():
            found[at[0]].append(self._one(answers, (at[0], at[1], at[2]), float(score_BRS[*at])))
        return [sorted(objects, key=lambda one: -one.score) for objects in found]

    def _one(self, answers: Answers, at: tuple[int, int, int], score: float) -> Seen:
        picture, row, column = at
        return Seen(
            self.things[int(answers.thing_BTRS[picture, :, row, column].argmax())],
            COLOUR_NAMES[int(answers.colour_BCRS[picture, :, row, column].argmax())],
            (row / 2, column / 2),
            float(answers.side_BRS[at]),
            hidden=bool(answers.hidden_BRS[at] > 0),
            score=score,
        )

    @torch.inference_mode()
    def style(self, image_BCHW: Tensor) -> list[str]:
        return [STYLES[number] for number in self(image_BCHW).style_BN.argmax(1).tolist()]
