"""Runs that begin where the weights that serve are: training goes on from them on a machine that has no checkpoint."""

import shutil
from pathlib import Path

from torch import nn

from generation.aurora import checkpoint
from generation.training import optimizer
from generation.training.recipes import TransformerRecipe
from generation.training.run import Run
from generation.training.tokenizer import TokenizerRecipe


def begin(
    *,
    coder: Path,
    folder: Path,
    recipes: tuple[TokenizerRecipe, TransformerRecipe],
    weights: Path | None = None,
) -> bool:
    """Write both runs' first checkpoints from the `weights` that serve (None: the shipped ones), where there are none.

    A transformer is of no use without the tokenizer whose codes it speaks, so a run of either that exists already
    keeps both as they are. Says whether it did; weights of other sizes than the recipes' are left alone.
    Raises WeightsError where they are damaged.
    """
    if any((run / "checkpoint.pt").exists() for run in (coder, folder)):
        return False
    served = checkpoint.load(weights)
    tokenizer, transformer = recipes
    if (served.tokenizer.config, served.transformer.config) != (tokenizer.config, transformer.config(served.text)):
        return False
    trained = checkpoint.facts(weights)
    _write(coder, served.tokenizer, tokenizer, trained["tokenizer"])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile((weights or checkpoint.SHIPPED) / "text.json", folder / "text.json")
    _write(folder, served.transformer, transformer, trained["transformer"])
    return True


def _write(
    folder: Path, model: nn.Module, recipe: TokenizerRecipe | TransformerRecipe, trained: dict[str, float]
) -> None:
    optimizers = optimizer.build(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr)
    run = Run(folder, 1, model, optimizers)
    run.step, run.trained_seconds = int(trained["steps"]), trained["minutes"] * 60
    run.save()
