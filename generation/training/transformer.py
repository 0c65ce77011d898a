"""Train the transformer on scenes turned into codes. The corpus grows while the model learns from what is there."""

import random
from functools import partial
from pathlib import Path

import torch

from generation.aurora import text
from generation.aurora.moe import MoE
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer
from generation.aurora.transformer import Transformer
from generation.training import distributed, optimizer
from generation.training.data import Pairs
from generation.training.layout import plan_words
from generation.training.look import Look
from generation.training.recipes import TransformerRecipe
from generation.training.run import REPORT_STEPS, Run
from generation.training.teacher import Teacher
from generation.world.caption import caption
from generation.world.sampling import sample_scene

LOOK_STEPS = 500


def train(
    *,
    folder: Path,
    recipe: TransformerRecipe,
    tokenizer: Tokenizer,
    minutes: float,
    resume: bool,
    most_steps: int | None = None,
    decay: float = 0.3,
    data: Pairs | None = None,
) -> None:
    """Run one cycle of `minutes` on the codes of `tokenizer`; checkpoints, log and sheets go to `folder`.

    With `data` every other step learns own pictures, from their captions alone; the world goes on beside them.
    """
    torch.manual_seed(distributed.rank())
    place = distributed.device()
    with distributed.first_alone():
        words = text_tokenizer(folder, recipe)
    tokenizer = tokenizer.to(place)
    model = Transformer(recipe.config(words)).to(place)
    optimizers = optimizer.build(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr)
    run = Run(folder, minutes, model, optimizers, most_steps, decay)
    teacher = Teacher(folder, recipe, words, tokenizer, data)
    if resume:
        run.resume()
        teacher.load()
    look = Look(recipe, words, tokenizer, folder)
    try:
        _learn(run, model, recipe, teacher, look)
    finally:
        if distributed.is_first():
            teacher.save()  # what was rendered and encoded is there for the next cycle
    _look(run, look)


def _learn(run: Run, model: Transformer, recipe: TransformerRecipe, teacher: Teacher, look: Look) -> None:
    place = distributed.device()
    for step in run.steps():
        with distributed.autocast(place):
            figures = run.counted(partial(teacher.teach, model, distributed.turn(step)))
        run.update()
        balance = _balance(model, recipe.balance_rate * (3 if step < 1000 else 1))
        if step % REPORT_STEPS == 0:
            run.report(
                **figures, **balance, corpus=len(teacher.corpora[0]), **run.pace("positions_s", _positions(recipe))
            )
        if step % LOOK_STEPS == 0:
            _look(run, look)


def _look(run: Run, look: Look) -> None:
    if distributed.is_first():
        look.at(run)


def _positions(recipe: TransformerRecipe) -> int:
    first = recipe.grids[0]
    return first.batch * first.grid[0] * first.grid[1]


def text_tokenizer(folder: Path, recipe: TransformerRecipe) -> TextTokenizer:
    """The run's own merges, learned once from 20,000 captions, and the words of its plans."""
    path = folder / "text.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng, things = random.Random(0), recipe.things
        captions = (caption(sample_scene(seed, things=things), rng) for seed in range(20_000))
        text.learn(captions, recipe.n_merges, plan_words(things)).save(path)
    return TextTokenizer.load(path)


def _balance(model: Transformer, rate: float) -> dict[str, float]:
    layers = [module for module in model.modules() if isinstance(module, MoE)]
    for layer in layers:
        distributed.sum_over_ranks(layer.load_E)
    figures = [layer.balance(rate) for layer in layers]
    return {"max_violation": round(max(f[0] for f in figures), 2), "dead": sum(f[1] for f in figures)}
