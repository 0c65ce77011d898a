"""The parts of the model that are trained one after another, and where their runs lie."""

from dataclasses import dataclass
from pathlib import Path

from generation.aurora.tokenizer import POSITION
from generation.training import tokenizer, transformer
from generation.training.begin import begin
from generation.training.data import BadData, Pairs
from generation.training.export import load_tokenizer
from generation.training.recipes import RECIPES

PARTS = ("tokenizer", "decoder", "transformer", "evaluators")


class RunExists(Exception):
    """A run would be overwritten; the sentence says how to go on with it."""


@dataclass(frozen=True)
class Cycle:
    """What one call trains: for how many minutes, with which share of decay (0..1), on which data (None: scenes)."""

    recipe: str
    minutes: float
    decay: float
    resume: bool
    data: Path | None = None


def train(part: str, cycle: Cycle, *, runs: Path, evaluators: Path, weights: Path | None = None) -> None:
    """Train `part` in a folder of `runs`; `evaluators` is where that part leaves its weights.

    What is to go on but has no checkpoint goes on from `weights`, the ones that serve (None: the shipped ones).
    Raises NotTrained, RunExists, BadData or WeightsError with a sentence for the operator.
    """
    folder = runs / f"{'tokenizer' if part == 'decoder' else part}-{cycle.recipe}"
    if part != "decoder":
        _keep(folder, resume=cycle.resume)
    coder = runs / f"tokenizer-{cycle.recipe}"
    if cycle.resume or part == "decoder":
        recipes = tokenizer.RECIPES[cycle.recipe], RECIPES[cycle.recipe]
        begin(coder=coder, folder=runs / f"transformer-{cycle.recipe}", recipes=recipes, weights=weights)
    if part == "tokenizer":
        _train_tokenizer(coder, cycle)
    elif part == "decoder":
        load_tokenizer(coder, tokenizer.RECIPES[cycle.recipe].config)  # says so when there is nothing to go on from
        _train_tokenizer(coder, cycle, decoder_only=True)
    elif part == "transformer":
        _train_transformer(folder, coder, cycle)
    else:
        _train_evaluators(folder, coder, cycle, evaluators)


def _train_tokenizer(folder: Path, cycle: Cycle, *, decoder_only: bool = False) -> None:
    recipe = tokenizer.RECIPES[cycle.recipe]
    tokenizer.train(
        folder=folder,
        recipe=recipe,
        minutes=cycle.minutes,
        resume=cycle.resume or decoder_only,
        decoder_only=decoder_only,
        decay=cycle.decay,
        data=_pairs(cycle, (recipe.side // POSITION, recipe.side // POSITION)),
    )


def _train_transformer(folder: Path, coder: Path, cycle: Cycle) -> None:
    recipe = RECIPES[cycle.recipe]
    transformer.train(
        folder=folder,
        recipe=recipe,
        tokenizer=load_tokenizer(coder, tokenizer.RECIPES[cycle.recipe].config)[0],
        minutes=cycle.minutes,
        resume=cycle.resume,
        decay=cycle.decay,
        data=_pairs(cycle, recipe.grids[0].grid),
    )


def _train_evaluators(folder: Path, coder: Path, cycle: Cycle, out: Path) -> None:
    from generation.evaluation.train import train_evaluators

    if cycle.data:
        raise BadData("Evaluators learn from scenes, whose truth is known: leave --data away.")
    trained, _ = load_tokenizer(coder, tokenizer.RECIPES[cycle.recipe].config)
    train_evaluators(folder=folder, minutes=cycle.minutes, resume=cycle.resume, tokenizer=trained, out=out)


def _pairs(cycle: Cycle, grid: tuple[int, int]) -> Pairs | None:
    return Pairs(cycle.data, grid) if cycle.data else None


def _keep(folder: Path, *, resume: bool) -> None:
    """Hours of training are not overwritten by a forgotten flag."""
    if not resume and (folder / "checkpoint.pt").exists():
        raise RunExists(f"{folder} holds a run already: add --resume to go on with it, or move it away.")
