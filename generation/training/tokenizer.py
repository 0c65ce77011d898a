"""Train the image tokenizer on crops of rendered scenes, both exits at once."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import fsq
from generation.aurora.haar import haar, inverse_haar
from generation.aurora.tokenizer import POSITION, STRIDE, Tokenizer, TokenizerConfig
from generation.training import optimizer
from generation.training.pictures import save_sheet
from generation.training.run import REPORT_STEPS, Run
from generation.world.render import render
from generation.world.sampling import sample_scene

HELD_OUT = 2_000_000_000  # scenes from this seed on are never trained on


@dataclass(frozen=True)
class TokenizerRecipe:
    config: TokenizerConfig = field(default_factory=TokenizerConfig)
    scenes_a_step: int = 4  # each gives four crops
    side: int = 256  # of the x1 picture; the x2 picture is rendered at twice this
    muon_lr: float = 0.01
    adam_lr: float = 1e-3
    disturb: float = 0.02  # share of FSQ numbers moved by a level, so that sampled codes decode cleanly


@dataclass(frozen=True)
class Crops:
    """x1 pictures (B, 3, s, s), x2 pictures (B, 3, 2s, 2s), and weights (B, 1, s, s), heavier on objects."""

    low: Tensor
    high: Tensor
    weight: Tensor


RECIPES = {"cpu": TokenizerRecipe()}


def train(
    *,
    folder: Path,
    recipe: TokenizerRecipe,
    minutes: float,
    resume: bool,
    decoder_only: bool = False,
    most_steps: int | None = None,
) -> None:
    """Run one cycle of `minutes`; checkpoints, log and sheets go to `folder`.

    With `decoder_only` the codes stay as they are, so that a transformer trained on them goes on understanding them.
    """
    torch.manual_seed(0)
    model = Tokenizer(recipe.config)
    optimizers = optimizer.build(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr)
    run = Run(folder, minutes, model, optimizers, most_steps)
    if resume:
        run.resume()
    if decoder_only:
        model.load_state_dict(run.ema)  # the averaged encoder is the one whose codes are in use
    for step in run.steps():
        crops = batch(recipe, step)
        loss = run.counted(partial(_learn, model, crops, recipe.disturb, decoder_only=decoder_only))
        run.update()
        if step % REPORT_STEPS == 0:
            run.report(loss=round(loss.item(), 4), **run.pace("crops_s", len(crops.low)))
        if step % 500 == 0:
            run.report(**validate(run, recipe, sheet=folder / "sheet.png"))
    run.report(**validate(run, recipe, sheet=folder / "sheet.png"))


def _learn(model: Tokenizer, crops: Crops, disturb: float, *, decoder_only: bool) -> Tensor:
    with torch.set_grad_enabled(not decoder_only):
        q = model.encode(crops.low)
    loss = loss_of(model, q, crops, disturb)
    loss.backward()
    return loss


def batch(recipe: TokenizerRecipe, step: int) -> Crops:
    """Four crops of each of the step's scenes, most of them on the grid of codes, as the transformer will meet them."""
    lows, highs, weights = [], [], []
    crop = recipe.side // 2
    for number in range(recipe.scenes_a_step):
        high, low, weight = pair(step * recipe.scenes_a_step + number, recipe.side)
        for top, left in _offsets(crop):
            lows.append(low[:, top : top + crop, left : left + crop])
            highs.append(high[:, 2 * top : 2 * (top + crop), 2 * left : 2 * (left + crop)])
            weights.append(weight[:, top : top + crop, left : left + crop])
    return Crops(torch.stack(lows), torch.stack(highs), torch.stack(weights))


def _offsets(crop: int) -> list[list[int]]:
    offsets = torch.randint(0, crop + 1, (4, 2))
    offsets[:3] -= offsets[:3] % STRIDE
    return offsets.tolist()


def pair(seed: int, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """A scene at twice `side`, the same averaged down to `side`, and the weight of each pixel of the latter."""
    drawn = render(sample_scene(seed, (side // POSITION,) * 2), scale=2)
    heavy = 1 + 2 * (drawn.ids_HW > 0).float() + 4 * (drawn.ids_HW < 0).float()
    return drawn.image_CHW, F.avg_pool2d(drawn.image_CHW, 2), F.avg_pool2d(heavy[None], 2)


def loss_of(model: Tokenizer, q: Tensor, crops: Crops, disturb: float) -> Tensor:
    """Both exits against the truth, from quantized numbers of which a few are moved by a level."""
    steps = torch.tensor([level - 1 for level in fsq.LEVELS]).view(1, -1, 1, 1)
    moved = (torch.rand_like(q) < disturb) * torch.randint_like(q, 0, 2).mul(2).sub(1) * 2 / steps
    features = model.decoder((q + moved).clamp(-1, 1))
    once = _exit_loss(model.exit_x1(features), crops.low, crops.weight)
    twice = _exit_loss(model.exit_x2(features), crops.high, F.interpolate(crops.weight, scale_factor=2))
    return once + 0.5 * twice


def _exit_loss(bands: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L1 on pixels and on the high bands of both Haar levels, where edges live."""
    once = inverse_haar(bands)
    picture, truth = inverse_haar(once), target * 2 - 1
    truth_once = haar(truth)
    small = F.avg_pool2d(weight, 2)
    pixels = (weight * (picture - truth).abs()).mean()
    fine = (small * (once[:, 3:] - truth_once[:, 3:]).abs()).mean()
    coarse = (F.avg_pool2d(small, 2) * (bands[:, 12:] - haar(truth_once)[:, 12:]).abs()).mean()
    return pixels + 0.5 * fine + 0.25 * coarse


@torch.inference_mode()
def validate(run: Run, recipe: TokenizerRecipe, *, sheet: Path) -> dict[str, float]:
    """PSNR in dB of the averaged weights on held-out scenes, at both exits."""
    model = Tokenizer(recipe.config)
    model.load_state_dict(run.ema)
    pairs = [pair(HELD_OUT + number, recipe.side) for number in range(16)]
    high, low = torch.stack([p[0] for p in pairs]), torch.stack([p[1] for p in pairs])
    q = model.encode(low)
    once, twice = model.decode(q).clamp(0, 1), model.decode(q, scale=2).clamp(0, 1)
    save_sheet([low[:8], once[:8], low[8:], once[8:], high[:4], twice[:4]], sheet)
    return {"psnr": round(psnr(once, low), 2), "psnr_x2": round(psnr(twice, high), 2)}


def psnr(a: Tensor, b: Tensor) -> float:
    """Mean over pictures of the peak signal-to-noise ratio in dB, for values in 0..1."""
    return float((-10 * (a - b).square().mean((1, 2, 3)).log10()).mean())
