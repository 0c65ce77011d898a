"""Train the transformer on scenes turned into codes. The corpus grows while the model learns from what is there."""

import math
import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import decoding, text
from generation.aurora.decoding import Sampling, pad_left, prompt_tokens
from generation.aurora.moe import MoE
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import POSITION, Tokenizer
from generation.aurora.transformer import Transformer, TransformerConfig, causal_mask, image_coords, prompt_coords
from generation.training import optimizer
from generation.training.corpus import Corpus
from generation.training.pictures import save_sheet
from generation.training.run import REPORT_STEPS, Run
from generation.world.caption import caption
from generation.world.scene import sample_scene

HELD_OUT = 2_000_000_000  # scenes from this seed on are never trained on
LOOK_STEPS = 500
SHEET_PROMPTS = (
    "a red apple on the left",
    "a blue sky over green grass",
    "a dog in the middle on sand under a sunset sky",
    "a blue car to the left of a yellow star",
    "a big purple balloon on the right on a white background",
    "a cat, a tree and a house in a row on grass",
    "a rocket under a night sky",
    "a pink umbrella above a green book",
)


@dataclass(frozen=True)
class TransformerRecipe:
    n_merges: int = 752
    grid: tuple[int, int] = (8, 8)
    batch: int = 32
    fresh_a_step: int = 6  # scenes rendered, encoded and added to the corpus each step until it is full
    corpus: int = 60_000
    first_scenes: int = 256
    held_out: int = 256
    muon_lr: float = 0.015
    adam_lr: float = 2e-3
    drop_caption: float = 0.1
    object_weight: float = 3.0
    disturb: float = 0.05  # share of input codes replaced, so that sampling mistakes can be lived with
    balance_rate: float = 1e-3


RECIPES = {"cpu": TransformerRecipe()}


def train(
    *,
    folder: Path,
    recipe: TransformerRecipe,
    tokenizer: Tokenizer,
    minutes: float,
    resume: bool,
    most_steps: int | None = None,
) -> None:
    """Run one cycle of `minutes` on the codes of `tokenizer`; checkpoints, log and sheets go to `folder`."""
    torch.manual_seed(0)
    words = text_tokenizer(folder, recipe)
    model = Transformer(TransformerConfig(n_vocab=words.n_vocab))
    optimizers = optimizer.build(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr)
    run = Run(folder, minutes, model, optimizers, most_steps)
    corpus = Corpus(folder / "corpus.pt", tokenizer, side=recipe.grid[0] * POSITION, limit=recipe.corpus)
    if resume:
        run.resume()
        corpus.load()
    held_out = Corpus(
        folder / "held-out.pt",
        tokenizer,
        side=recipe.grid[0] * POSITION,
        limit=recipe.held_out,
        first_seed=HELD_OUT,
    )
    held_out.grow(recipe.held_out)
    look = Look(recipe, words, tokenizer, held_out)
    rng = random.Random(run.step)
    for step in run.steps():
        corpus.grow(recipe.fresh_a_step if len(corpus) >= recipe.first_scenes else recipe.first_scenes)
        seeds, codes = corpus.sample(recipe.batch, rng)
        prompts = [_prompt(words, seed, rng, recipe.drop_caption) for seed in seeds]
        weights = torch.stack([object_weights(seed, recipe.grid, recipe.object_weight) for seed in seeds])
        figures = run.counted(partial(_learn, model, prompts, codes, weights, recipe))
        run.update()
        balance = _balance(model, recipe.balance_rate * (3 if step < 1000 else 1))
        if step % REPORT_STEPS == 0:
            pace = run.pace("positions_s", recipe.batch * recipe.grid[0] * recipe.grid[1])
            run.report(**figures, **balance, corpus=len(corpus), **pace)
        if step % LOOK_STEPS == 0:
            look.at(run)
            corpus.save()
    look.at(run)
    corpus.save()


def text_tokenizer(folder: Path, recipe: TransformerRecipe) -> TextTokenizer:
    """The run's own merges, learned once from 20,000 captions."""
    path = folder / "text.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = random.Random(0)
        text.learn((caption(sample_scene(seed), rng) for seed in range(20_000)), recipe.n_merges).save(path)
    return TextTokenizer.load(path)


def _prompt(words: TextTokenizer, seed: int, rng: random.Random, drop: float) -> list[int]:
    if rng.random() < drop:
        return prompt_tokens(None)
    return prompt_tokens(words.encode(caption(sample_scene(seed), rng)))


def object_weights(seed: int, grid: tuple[int, int], weight: float) -> Tensor:
    """(positions,): `weight` where the scene has an object, else 1. Grass is easy, and most of a picture is grass."""
    weights = torch.ones(grid)
    for item in sample_scene(seed).items:
        left, top, right, bottom = item.box
        rows = slice(max(int(top * grid[0]), 0), math.ceil(bottom * grid[0]))
        columns = slice(max(int(left * grid[1]), 0), math.ceil(right * grid[1]))
        weights[rows, columns] = weight
    return weights.flatten()


def _learn(
    model: Transformer, prompts: list[list[int]], codes: Tensor, weights: Tensor, recipe: TransformerRecipe
) -> dict[str, float]:
    a, b, words = losses(model, prompts, codes, recipe.grid, disturb=recipe.disturb, weights_BP=weights)
    z_loss = sum((module.z_loss for module in model.modules() if isinstance(module, MoE)), torch.zeros(()))
    loss = a + b + 0.1 * words + 1e-4 * z_loss
    loss.backward()
    return {"a": round(a.item(), 3), "b": round(b.item(), 3), "text": round(words.item(), 3)}


def losses(
    model: Transformer,
    prompts: list[list[int]],
    codes_BHW42: Tensor,
    grid: tuple[int, int],
    *,
    disturb: float = 0.0,
    weights_BP: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Cross-entropy in nats a code of factor A and of factor B, weighted by position, and a token of the caption."""
    tokens_BT, valid_BT = pad_left(prompts)
    codes_BP42 = codes_BHW42.flatten(1, 2).long()
    n_positions = codes_BP42.shape[1]
    x = torch.cat(
        [model.embed_prompt(tokens_BT, grid), model.embed_codes(_disturbed(codes_BP42, disturb)[:, :-1], 0, grid)],
        dim=1,
    )
    coords = torch.cat([prompt_coords(valid_BT), image_coords(valid_BT.sum(-1), 0, n_positions - 1, grid[1])], dim=1)
    body_BTD = model(x, coords, causal_mask(F.pad(valid_BT, (0, n_positions - 1), value=True)))
    n_text = tokens_BT.shape[1]
    target_NS2 = codes_BP42.flatten(0, 1)
    slots_NSD = model.head(body_BTD[:, n_text - 1 :].flatten(0, 1), target_NS2[:, :-1])
    share_N = torch.ones(len(target_NS2)) if weights_BP is None else weights_BP.flatten()
    share_N = share_N / share_N.sum()
    a = _weighted(model.head.a_logits(slots_NSD), target_NS2[..., 0], share_N)
    b = _weighted(model.head.logits_of_b(slots_NSD, target_NS2[..., 0]), target_NS2[..., 1], share_N)
    text_logits = F.linear(body_BTD[:, : n_text - 1], model.text_embed.weight) * model.config.d_model**-0.5
    words = F.cross_entropy(text_logits.flatten(0, 1), tokens_BT[:, 1:].flatten(), ignore_index=text.PAD)
    return a, b, words


def _weighted(logits_NSV: Tensor, targets_NS: Tensor, share_N: Tensor) -> Tensor:
    loss_NS = F.cross_entropy(logits_NSV.flatten(0, 1), targets_NS.flatten(), reduction="none").view_as(targets_NS)
    return loss_NS.mean(-1) @ share_N


def _disturbed(codes: Tensor, share: float) -> Tensor:
    """Some codes replaced by codes from elsewhere in the batch."""
    other = codes.flatten(0, 2)[torch.randperm(codes[..., 0].numel())].view_as(codes)
    return torch.where(torch.rand(codes.shape[:-1])[..., None] < share, other, codes)


def _balance(model: Transformer, rate: float) -> dict[str, float]:
    figures = [module.balance(rate) for module in model.modules() if isinstance(module, MoE)]
    return {"max_violation": round(max(f[0] for f in figures), 2), "dead": sum(f[1] for f in figures)}


@dataclass(frozen=True)
class Look:
    """What a run is judged by while it goes on: loss on scenes never trained on, and a sheet of pictures."""

    recipe: TransformerRecipe
    words: TextTokenizer
    tokenizer: Tokenizer
    held_out: Corpus

    @torch.inference_mode()
    def at(self, run: Run) -> None:
        """Report the averaged model's held-out loss and draw sheet.png: eight prompts, four seeds each."""
        model = Transformer(TransformerConfig(n_vocab=self.words.n_vocab))
        model.load_state_dict(run.ema)
        run.report(held_out=round(self.loss(model.eval()), 4))
        pictures = [self._pictures(model, prompt) for prompt in SHEET_PROMPTS]
        save_sheet(
            [torch.cat(pair) for pair in zip(pictures[::2], pictures[1::2], strict=True)], run.folder / "sheet.png"
        )

    def loss(self, model: Transformer) -> float:
        """Nats a code, both factors. Raises FloatingPointError when training has blown up."""
        rng = random.Random(0)
        prompts = [prompt_tokens(self.words.encode(caption(sample_scene(seed), rng))) for seed in self.held_out.seeds]
        total = 0.0
        for start in range(0, len(prompts), 32):
            part = slice(start, start + 32)
            a, b, _ = losses(model, prompts[part], self.held_out.codes[part], self.recipe.grid)
            total += (a + b).item() * len(prompts[part])
        if not math.isfinite(total):
            raise FloatingPointError("The held-out loss is not finite; lower the learning rate.")
        return total / len(prompts)

    def _pictures(self, model: Transformer, prompt: str) -> Tensor:
        steps = decoding.draw(model, self.words.encode(prompt), self.recipe.grid, [0, 1, 2, 3], Sampling())
        codes = torch.stack(list(steps), dim=1).view(4, *self.recipe.grid, 4, 2)
        return self.tokenizer.to_image(codes)
