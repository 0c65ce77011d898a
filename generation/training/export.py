"""From checkpoints of the two runs to a folder of weights that serves."""

from pathlib import Path
from typing import Any

from generation.aurora import checkpoint
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer, TokenizerConfig
from generation.aurora.transformer import Transformer
from generation.training.recipes import TransformerRecipe
from generation.training.saved import State, load_served


class NotTrained(Exception):
    """A run has no checkpoint yet; the sentence says which command makes one."""


def load_tokenizer(folder: Path, config: TokenizerConfig) -> tuple[Tokenizer, dict[str, Any]]:
    """The tokenizer of a run that serves, and how long it was trained."""
    served = _served(folder, "tokenizer")
    tokenizer = Tokenizer(config)
    tokenizer.load_state_dict(served["weights"])
    return tokenizer.eval(), _facts(served)


def export(
    *,
    tokenizer_folder: Path,
    tokenizer_config: TokenizerConfig,
    transformer_folder: Path,
    recipe: TransformerRecipe,
    out: Path,
    name: str,
) -> None:
    """Write what serves of both runs to `out`."""
    tokenizer, tokenizer_facts = load_tokenizer(tokenizer_folder, tokenizer_config)
    served = _served(transformer_folder, "transformer")
    text = TextTokenizer.load(transformer_folder / "text.json")
    transformer = Transformer(recipe.config(text))
    transformer.load_state_dict(served["weights"])
    checkpoint.save(
        out,
        name=name,
        text=text,
        tokenizer=tokenizer,
        transformer=transformer,
        facts={"training": {"tokenizer": tokenizer_facts, "transformer": _facts(served)}},
    )


def _served(folder: Path, what: str) -> State:
    path = folder / "checkpoint.pt"
    if not path.exists():
        raise NotTrained(f"No {what} checkpoint at {path}: run `./manage.py train {what} --recipe cpu` first.")
    return load_served(path)


def _facts(served: State) -> dict[str, Any]:
    return {"steps": served["step"], "minutes": round(served["trained_seconds"] / 60, 1)}
