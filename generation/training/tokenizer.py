"""Train the image tokenizer on crops of rendered scenes, both exits at once."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import fsq
from generation.aurora.haar import haar, inverse_haar
from generation.aurora.tokenizer import POSITION, STRIDE, Tokenizer, TokenizerConfig
from generation.training import distributed, optimizer
from generation.training.corpus import HELD_OUT
from generation.training.data import Pairs
from generation.training.pictures import save_sheet
from generation.training.run import REPORT_STEPS, Run
from generation.world.render import render_batch
from generation.world.sampling import sample_scene
from generation.world.scene import Scene
from generation.world.sprites import drawable
from generation.world.vocabulary import THINGS, Thing, many_things

LOOK_STEPS = 500
N_HELD_OUT = 32


@dataclass(frozen=True)
class TokenizerRecipe:
    config: TokenizerConfig = field(default_factory=TokenizerConfig)
    scenes_a_step: int = 4
    crops: int = 6  # of every scene
    crop: int = 96  # pixels of the side of a crop at the x1 exit
    focus: float = 0.7  # share of crops with something in their middle: backgrounds are learned soon enough
    side: int = 256  # of the x1 picture; the x2 picture is rendered at twice this
    text_share: float = 0.35  # of scenes with writing: text is a hundredth of the pixels, and the first thing to blur
    many_things: bool = False
    muon_lr: float = 0.006
    adam_lr: float = 6e-4
    disturb: float = 0.005  # share of FSQ numbers moved by a level, so that sampled codes decode cleanly

    @property
    def things(self) -> tuple[Thing, ...]:
        return drawable(many_things()) if self.many_things else THINGS


@dataclass(frozen=True)
class Crops:
    """x1 pictures (B, 3, s, s), x2 pictures (B, 3, 2s, 2s), and weights (B, 1, s, s), heavier on objects and text."""

    low: Tensor
    high: Tensor
    weight: Tensor

    def to(self, place: torch.device) -> "Crops":
        return Crops(self.low.to(place), self.high.to(place), self.weight.to(place))


RECIPES = {
    "cpu": TokenizerRecipe(),
    "gpu": TokenizerRecipe(TokenizerConfig(widths=(64, 128, 256), wide=6), scenes_a_step=64, many_things=True),
}


def train(
    *,
    folder: Path,
    recipe: TokenizerRecipe,
    minutes: float,
    resume: bool,
    decoder_only: bool = False,
    most_steps: int | None = None,
    decay: float = 0.3,
    data: Pairs | None = None,
) -> None:
    """Run one cycle of `minutes`; checkpoints, log and sheets go to `folder`.

    With `decoder_only` the codes stay as they are, so that a transformer trained on them goes on understanding them.
    With `data` every other step sees own pictures.
    """
    torch.manual_seed(distributed.rank())
    place = distributed.device()
    model = Tokenizer(recipe.config).to(place)
    optimizers = optimizer.build(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr)
    run = Run(folder, minutes, model, optimizers, most_steps, decay)
    if resume:
        run.resume()
    if decoder_only:
        run.adopt_served()  # the encoder that serves is the one whose codes are in use
    things = recipe.things
    for step in run.steps():
        turn = distributed.turn(step)
        own = data is not None and turn % 2 == 1
        crops = own_batch(recipe, turn, data) if own and data else batch(recipe, turn, things, place)
        loss = run.counted(partial(_learn, model, crops.to(place), recipe.disturb, decoder_only=decoder_only))
        run.update()
        if step % REPORT_STEPS == 0:
            run.report(loss=round(loss.item(), 4), **run.pace("crops_s", len(crops.low)))
        if step % LOOK_STEPS == 0:
            _look(run, recipe)
    _look(run, recipe)


def _look(run: Run, recipe: TokenizerRecipe) -> None:
    if distributed.is_first():
        found = validate(run, recipe, sheet=run.folder / "sheet.png")
        run.report(**found)
        run.offer(-found["psnr"] - found["psnr_x2"], "psnr of both exits")


def _learn(model: Tokenizer, crops: Crops, disturb: float, *, decoder_only: bool) -> Tensor:
    with distributed.autocast(crops.low.device):
        with torch.set_grad_enabled(not decoder_only):
            q = model.encode(crops.low)
        loss = loss_of(model, q, crops, disturb)
    loss.backward()
    return loss


def batch(recipe: TokenizerRecipe, turn: int, things: Sequence[Thing], place: torch.device) -> Crops:
    """Crops of the scenes of a turn."""
    rng, grid = random.Random(turn), (recipe.side // POSITION,) * 2
    first = turn * recipe.scenes_a_step
    kinds = ["text" if rng.random() < recipe.text_share else None for _ in range(recipe.scenes_a_step)]
    scenes = [sample_scene(first + n, grid, things=things, kind=kind) for n, kind in enumerate(kinds)]
    high, weight = pictures(scenes, place)
    return _cut(high, weight, recipe)


def own_batch(recipe: TokenizerRecipe, turn: int, data: Pairs) -> Crops:
    """The same of own pictures, all pixels equal."""
    rng = random.Random(turn)
    picked = [data.image(rng.randrange(len(data)), scale=2) for _ in range(recipe.scenes_a_step)]
    high = torch.stack(picked)
    return _cut(high, torch.ones_like(F.avg_pool2d(high[:, :1], 2)), recipe)


def pictures(scenes: list[Scene], place: torch.device) -> tuple[Tensor, Tensor]:
    """Scenes at the x2 exit's size, and the weight of each pixel at half of it."""
    drawn = render_batch(scenes, scale=2, device=place)
    heavy = 1 + 2 * (drawn.ids_BHW > 0).float() + 4 * (drawn.ids_BHW < 0).float()
    return drawn.image_BCHW, F.avg_pool2d(heavy[:, None], 2)


def _cut(high: Tensor, weight: Tensor, recipe: TokenizerRecipe) -> Crops:
    """Crops of every picture, most of them on the grid of codes, as the transformer will meet them."""
    lows, highs, weights = [], [], []
    low, size = F.avg_pool2d(high, 2), recipe.crop
    for number in range(len(high)):
        for top, left in _corners(weight[number, 0], recipe):
            lows.append(low[number, :, top : top + size, left : left + size])
            highs.append(high[number, :, 2 * top : 2 * (top + size), 2 * left : 2 * (left + size)])
            weights.append(weight[number, :, top : top + size, left : left + size])
    return Crops(torch.stack(lows), torch.stack(highs), torch.stack(weights))


def _corners(weight_HW: Tensor, recipe: TokenizerRecipe) -> list[list[int]]:
    """Upper left corners of a picture's crops."""
    limits = torch.tensor(weight_HW.shape) - recipe.crop
    corners = (torch.rand(recipe.crops, 2) * (limits + 1)).long()
    busy = (F.max_pool2d(weight_HW[None], STRIDE)[0] > 1).nonzero().cpu()  # codes where something is
    if len(busy):
        chosen = torch.rand(recipe.crops) < recipe.focus
        middles = busy[torch.randint(len(busy), (int(chosen.sum()),))] * STRIDE + STRIDE // 2
        jitter = torch.randint(-recipe.crop // 3, recipe.crop // 3, middles.shape)
        corners[chosen] = torch.minimum((middles + jitter - recipe.crop // 2).clamp(min=0), limits)
    aligned = torch.rand(recipe.crops) < 0.75
    corners[aligned] -= corners[aligned] % STRIDE
    return corners.tolist()


def loss_of(model: Tokenizer, q: Tensor, crops: Crops, disturb: float) -> Tensor:
    """Both exits against the truth, from quantized numbers of which a few are moved by a level."""
    steps = torch.tensor([level - 1 for level in fsq.LEVELS], device=q.device).view(1, -1, 1, 1)
    moved = (torch.rand_like(q) < disturb) * torch.randint_like(q, 0, 2).mul(2).sub(1) * 2 / steps
    features = model.decoder((q + moved).clamp(-1, 1))
    once = _exit_loss(model.exit_x1(features), crops.low, crops.weight)
    some = slice(None, None, 2)  # the x2 exit has four times the pixels to learn from
    heavy = F.interpolate(crops.weight[some], scale_factor=2)
    twice = _exit_loss(model.exit_x2(features[some]), crops.high[some], heavy)
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
    place = distributed.device()
    model = Tokenizer(recipe.config).to(place)
    model.load_state_dict(run.ema)
    grid = (recipe.side // POSITION,) * 2
    scenes = [sample_scene(HELD_OUT + number, grid, things=recipe.things) for number in range(N_HELD_OUT)]
    high, _ = pictures(scenes, place)
    low = F.avg_pool2d(high, 2)
    q = model.encode(low)
    once, twice = model.decode(q).clamp(0, 1), model.decode(q, scale=2).clamp(0, 1)
    save_sheet([low[:8], once[:8], low[8:16], once[8:16], high[:4], twice[:4]], sheet)
    return {"psnr": round(psnr(once, low), 2), "psnr_x2": round(psnr(twice, high), 2)}


def psnr(a: Tensor, b: Tensor) -> float:
    """Mean over pictures of the peak signal-to-noise ratio in dB, for values in 0..1."""
    return float((-10 * (a - b).square().mean((1, 2, 3)).log10()).mean())
