"""From checkpoints of the two runs to a folder of weights that serves."""

from pathlib import Path
from typing import Any

import torch

from generation.aurora import checkpoint
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer, TokenizerConfig
from generation.aurora.transformer import Transformer
from generation.training.transformer import TransformerRecipe


class NotTrained(Exception):
    """A run has no checkpoint yet; the sentence says which command makes one."""


def load_tokenizer(folder: Path) -> tuple[Tokenizer, dict[str, Any]]:
    """The averaged tokenizer of a run, and how long it was trained."""
    saved = _checkpoint(folder, "tokenizer")
    tokenizer = Tokenizer(TokenizerConfig())
    tokenizer.load_state_dict(saved["ema"])
    return tokenizer.eval(), _facts(saved)


def export(
    *, tokenizer_folder: Path, transformer_folder: Path, recipe: TransformerRecipe, out: Path, name: str
) -> None:
    """Write the averaged weights of both runs to `out`."""
    tokenizer, tokenizer_facts = load_tokenizer(tokenizer_folder)
    saved = _checkpoint(transformer_folder, "transformer")
    text = TextTokenizer.load(transformer_folder / "text.json")
    transformer = Transformer(recipe.config(text))
    transformer.load_state_dict(saved["ema"])
    checkpoint.save(
        out,
        name=name,
        text=text,
        tokenizer=tokenizer,
        transformer=transformer,
        facts={"training": {"tokenizer": tokenizer_facts, "transformer": _facts(saved)}},
    )


def _checkpoint(folder: Path, what: str) -> dict[str, Any]:
    path = folder / "checkpoint.pt"
    if not path.exists():
        raise NotTrained(f"No {what} checkpoint at {path}: run `./manage.py train {what} --recipe cpu` first.")
    saved: dict[str, Any] = torch.load(path, weights_only=True)
    return saved


def _facts(saved: dict[str, Any]) -> dict[str, Any]:
    return {"steps": saved["step"], "minutes": round(saved["trained_seconds"] / 60, 1)}
