"""Training goes on from the weights that serve where a machine has no checkpoint."""

import json
from pathlib import Path

import torch

from generation.aurora import checkpoint
from generation.training import tokenizer, transformer
from generation.training.begin import begin
from generation.training.export import export
from generation.training.recipes import RECIPES
from generation.training.saved import load_served

CPU = tokenizer.RECIPES["cpu"], RECIPES["cpu"]


def test_it_begins_where_the_shipped_weights_are(tmp_path: Path) -> None:
    assert begin(coder=tmp_path / "coder", folder=tmp_path / "run", recipes=CPU)
    served, shipped = load_served(tmp_path / "run/checkpoint.pt"), checkpoint.load()
    assert served["step"] == checkpoint.facts()["transformer"]["steps"] > 0
    for name, value in shipped.transformer.state_dict().items():
        assert torch.equal(served["weights"][name], value), name
    export(
        tokenizer_folder=tmp_path / "coder",
        tokenizer_config=CPU[0].config,
        transformer_folder=tmp_path / "run",
        recipe=CPU[1],
        out=tmp_path / "out",
        name="again",
    )
    again, first = (
        json.loads((folder / "model.json").read_text()) for folder in (tmp_path / "out", checkpoint.SHIPPED)
    )
    assert again["shards"] == first["shards"], "nothing was learned, so nothing changed"


def test_it_leaves_runs_that_exist_and_recipes_of_other_sizes_alone(tmp_path: Path) -> None:
    gpu = tokenizer.RECIPES["gpu"], RECIPES["gpu"]
    assert not begin(coder=tmp_path / "coder", folder=tmp_path / "run", recipes=gpu)
    assert not list(tmp_path.iterdir())
    (tmp_path / "coder").mkdir()
    (tmp_path / "coder/checkpoint.pt").write_bytes(b"hours of work")
    assert not begin(coder=tmp_path / "coder", folder=tmp_path / "run", recipes=CPU)
    assert not (tmp_path / "run").exists()


def test_a_resumed_run_goes_on_from_them(tmp_path: Path) -> None:
    assert begin(coder=tmp_path / "coder", folder=tmp_path / "run", recipes=CPU)
    words = transformer.text_tokenizer(tmp_path / "run", CPU[1])
    assert words.n_vocab == checkpoint.load().text.n_vocab
