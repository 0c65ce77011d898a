"""Train the transformer on scenes turned into codes. The corpus grows while the model learns from what is there."""

import math
import random
import time
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
from generation.aurora.tokenizer import Tokenizer
from generation.aurora.transformer import Transformer, TransformerConfig, causal_mask, image_coords, prompt_coords
from generation.training import optimizer
from generation.training.corpus import Corpus
from generation.training.pictures import save_sheet
from generation.training.run import Run
from generation.world.caption import caption
from generation.world.scene import sample_scene

HELD_OUT = 2_000_000_000
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
    fresh_a_step: int = 8  # scenes rendered, encoded and added to the corpus each step until it is full
    corpus: int = 60_000
    held_out: int = 256
    muon_lr: float = 0.015
    adam_lr: float = 2e-3
    drop_caption: float = 0.1
    disturb: float = 0.05  # share of input codes replaced, so that sampling mistakes can be lived with
    balance_rate: float = 1e-3


RECIPES = {"cpu": TransformerRecipe()}


def train(*, folder: Path, recipe: TransformerRecipe, tokenizer: Tokenizer, minutes: float, resume: bool) -> None:
    """Run one cycle of `minutes` on the codes of `tokenizer`; checkpoints, log and sheets go to `folder`."""
    torch.manual_seed(0)
    words = text_tokenizer(folder, recipe)
    model = Transformer(TransformerConfig(n_vocab=words.n_vocab))
    run = Run(folder, minutes, model, optimizer.build(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr))
    corpus = Corpus(folder / "corpus.pt", tokenizer, side=recipe.grid[0] * 32, limit=recipe.corpus)
    if resume:
        run.resume()
        corpus.load()
    held_out = Corpus(folder / "held-out.pt", tokenizer, side=recipe.grid[0] * 32, limit=recipe.held_out, first_seed=HELD_OUT)
    held_out.grow(recipe.held_out)
    rng = random.Random(run.step)
    begun, seen = time.monotonic(), 0
    for step in run.steps():
        corpus.grow(recipe.fresh_a_step if len(corpus) > recipe.batch * 8 else recipe.batch * 8)
        seeds, codes = corpus.sample(recipe.batch, rng)
        prompts = [_prompt(words, seed, rng, recipe.drop_caption) for seed in seeds]
        figures = run.counted(partial(_learn, model, prompts, codes, recipe))
        run.update()
        balance = _balance(model, recipe.balance_rate * (3 if step < 1000 else 1))
        seen += 1
        if step % 50 == 0:
            rate = seen / (time.monotonic() - begun)
            begun, seen = time.monotonic(), 0
            positions = recipe.batch * recipe.grid[0] * recipe.grid[1]
            run.report(
                **figures,
                **balance,
                corpus=len(corpus),
                positions_s=round(rate * positions),
                gflops=round(rate * run.flops_a_step / 1e9, 1),
            )
        if step % 500 == 0:
            _look(run, recipe, words, tokenizer, held_out, folder)
            corpus.save()
    _look(run, recipe, words, tokenizer, held_out, folder)
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


def _learn(model: Transformer, prompts: list[list[int]], codes: Tensor, recipe: TransformerRecipe) -> dict[str, float]:
    a, b, words = losses(model, prompts, codes, recipe.grid, recipe.disturb)
    z_loss = sum((module.z_loss for module in model.modules() if isinstance(module, MoE)), torch.zeros(()))
    loss = a + b + 0.1 * words + 1e-4 * z_loss
    loss.backward()  # type: ignore[no-untyped-call]
    return {"a": round(a.item(), 3), "b": round(b.item(), 3), "text": round(words.item(), 3)}


def losses(
    model: Transformer, prompts: list[list[int]], codes_BHW42: Tensor, grid: tuple[int, int], disturb: float = 0.0
) -> tuple[Tensor, Tensor, Tensor]:
    """Cross-entropy in nats a code of factor A and of factor B, and a token of the caption."""
    tokens_BT, valid_BT = pad_left(prompts)
    codes_BP42 = codes_BHW42.flatten(1, 2).long()
    n_positions = codes_BP42.shape[1]
    x = torch.cat(
        [model.embed_prompt(tokens_BT, grid), model.embed_codes(_disturbed(codes_BP42, disturb)[:, :-1], 0, grid)], dim=1
    )
    coords = torch.cat(
        [prompt_coords(valid_BT), image_coords(valid_BT.sum(-1), 0, n_positions - 1, grid[1])], dim=1
    )
    body_BTD = model(x, coords, causal_mask(F.pad(valid_BT, (0, n_positions - 1), value=True)))
    n_text = tokens_BT.shape[1]
    target_NS2 = codes_BP42.flatten(0, 1)
    slots_NSD = model.head(body_BTD[:, n_text - 1 :].flatten(0, 1), target_NS2[:, :-1])
    a = F.cross_entropy(model.head.a_logits(slots_NSD).flatten(0, 1), target_NS2[..., 0].flatten())
    b_logits = model.head.logits_of_b(slots_NSD, target_NS2[..., 0])
    b = F.cross_entropy(b_logits.flatten(0, 1), target_NS2[..., 1].flatten())
    text_logits = F.linear(body_BTD[:, : n_text - 1], model.text_embed.weight) * model.config.d_model**-0.5
    words = F.cross_entropy(text_logits.flatten(0, 1), tokens_BT[:, 1:].flatten(), ignore_index=text.PAD)
    return a, b, words


def _disturbed(codes: Tensor, share: float) -> Tensor:
    """Some codes replaced by codes from elsewhere in the batch."""
    other = codes.flatten(0, 2)[torch.randperm(codes[..., 0].numel())].view_as(codes)
    return torch.where(torch.rand(codes.shape[:-1])[..., None] < share, other, codes)


def _balance(model: Transformer, rate: float) -> dict[str, float]:
    figures = [module.balance(rate) for module in model.modules() if isinstance(module, MoE)]
    return {"max_violation": round(max(f[0] for f in figures), 2), "dead": sum(f[1] for f in figures)}


def averaged(run: Run) -> Transformer:
    """The model with the moving average of its weights."""
    assert isinstance(run.model, Transformer)
    model = Transformer(run.model.config)
    model.load_state_dict(run.ema)
    return model.eval()


@torch.inference_mode()
def held_out_loss(model: Transformer, words: TextTokenizer, held_out: Corpus, grid: tuple[int, int]) -> float:
    """Nats a code, both factors, on scenes never trained on."""
    rng = random.Random(0)
    prompts = [prompt_tokens(words.encode(caption(sample_scene(seed), rng))) for seed in held_out.seeds]
    total = 0.0
    for start in range(0, len(prompts), 32):
        a, b, _ = losses(model, prompts[start : start + 32], held_out.codes[start : start + 32], grid)
        total += (a + b).item() * len(prompts[start : start + 32])
    value = total / len(prompts)
    if not math.isfinite(value):
        raise FloatingPointError("The held-out loss is not finite; lower the learning rate.")
    return value


@torch.inference_mode()
def _look(
    run: Run, recipe: TransformerRecipe, words: TextTokenizer, tokenizer: Tokenizer, held_out: Corpus, folder: Path
) -> None:
    model = averaged(run)
    run.report(held_out=round(held_out_loss(model, words, held_out, recipe.grid), 4))
    rows = []
    for prompt in SHEET_PROMPTS:
        codes = torch.stack(
            list(decoding.draw(model, words.encode(prompt), recipe.grid, [0, 1, 2, 3], Sampling())), dim=1
        )
        rows.append(tokenizer.to_image(codes.view(4, *recipe.grid, 4, 2)))
    save_sheet([torch.cat(rows[i : i + 2]) for i in range(0, len(rows), 2)], folder / "sheet.png")
