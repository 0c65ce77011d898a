"""A few steps of the real recipes: they learn, they leave a checkpoint, they resume, they export."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from generation.aurora import checkpoint
from generation.training import tokenizer as tokenizer_training
from generation.training import transformer as transformer_training
from generation.training.export import NotTrained, export, load_tokenizer
from generation.training.optimizer import orthogonalize
from generation.training.recipes import RECIPES, GridRecipe
from generation.training.run import Run
from tests.model.fonts import needs_font

TOKENIZER = replace(tokenizer_training.RECIPES["cpu"], scenes_a_step=1)
TRANSFORMER = replace(
    RECIPES["cpu"],
    n_merges=30,
    grids=(GridRecipe((8, 8), 4, 1.0, 32), GridRecipe((16, 16), 1, 0.5, 8, from_step=2)),
    planned=4,
    fresh_a_step=1,
    first_scenes=8,
    held_out=8,
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both parts after a few steps of training."""
    folder = tmp_path_factory.mktemp("training")
    tokenizer_training.train(folder=folder / "tokenizer", recipe=TOKENIZER, minutes=5, most_steps=12, resume=False)
    trained, _ = load_tokenizer(folder / "tokenizer", TOKENIZER.config)
    transformer_training.train(
        folder=folder / "transformer", recipe=TRANSFORMER, tokenizer=trained, minutes=5, most_steps=12, resume=False
    )
    return folder


def _log(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


@needs_font
def test_it_learns(runs: Path):
    psnr = [line["psnr"] for line in _log(runs / "tokenizer") if "psnr" in line]
    held_out = [line["held_out"] for line in _log(runs / "transformer") if "held_out" in line]
    assert psnr[-1] > psnr[0]
    assert held_out[-1] < held_out[0]


@needs_font
def test_it_reports_throughput_and_leaves_a_sheet(runs: Path):
    assert any("gflops" in line and "positions_s" in line for line in _log(runs / "transformer"))
    assert (runs / "transformer" / "sheet.png").exists()


@needs_font
def test_it_resumes_where_it_stopped(runs: Path):
    before = torch.load(runs / "tokenizer" / "checkpoint.pt", weights_only=True)["step"]
    tokenizer_training.train(folder=runs / "tokenizer", recipe=TOKENIZER, minutes=5, most_steps=2, resume=True)
    assert torch.load(runs / "tokenizer" / "checkpoint.pt", weights_only=True)["step"] > before


@needs_font
def test_it_refines_the_decoder_and_keeps_the_codes(runs: Path):
    before, _ = load_tokenizer(runs / "tokenizer", TOKENIZER.config)
    tokenizer_training.train(
        folder=runs / "tokenizer", recipe=TOKENIZER, minutes=5, most_steps=2, resume=True, decoder_only=True
    )
    after, _ = load_tokenizer(runs / "tokenizer", TOKENIZER.config)
    picture = torch.rand(1, 3, 64, 64)
    codes = before.to_codes(picture)
    assert torch.equal(codes, after.to_codes(picture))
    assert not torch.equal(before.to_image(codes), after.to_image(codes))


@needs_font
def test_it_exports_weights_that_load(runs: Path, tmp_path: Path):
    export(
        tokenizer_folder=runs / "tokenizer",
        tokenizer_config=TOKENIZER.config,
        transformer_folder=runs / "transformer",
        recipe=TRANSFORMER,
        out=tmp_path,
        name="short",
    )
    assert checkpoint.load(tmp_path).name == "short"


def test_it_says_what_to_train_first(tmp_path: Path):
    with pytest.raises(NotTrained, match="train tokenizer"):
        load_tokenizer(tmp_path, TOKENIZER.config)


def test_it_saves_when_it_is_interrupted(tmp_path: Path):
    model = torch.nn.Linear(2, 2)
    run = Run(tmp_path, 1, model, [torch.optim.SGD(model.parameters(), lr=0.1)])
    steps = run.steps()
    for _ in range(4):
        next(steps)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())  # type: ignore[attr-defined]
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 3


def test_it_orthogonalizes():
    values = torch.linalg.svdvals(orthogonalize(torch.randn(3, 8, 20)))
    assert values.min() > 0.5 and values.max() < 1.4
