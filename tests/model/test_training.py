"""A few steps of the real recipes: they learn, they leave a checkpoint, they resume, they export."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from generation.aurora import checkpoint
from generation.aurora.tokenizer import TokenizerConfig
from generation.aurora.transformer import Transformer
from generation.training import tokenizer as tokenizer_training
from generation.training import transformer as transformer_training
from generation.training.data import Pairs
from generation.training.export import NotTrained, export, load_tokenizer
from generation.training.optimizer import orthogonalize
from generation.training.recipes import RECIPES, GridRecipe
from generation.training.run import Run
from generation.training.teacher import Teacher
from tests.model.fonts import needs_font

TOKENIZER = replace(
    tokenizer_training.RECIPES["cpu"], config=TokenizerConfig((16, 32, 32), 8), scenes_a_step=1, crops=2, crop=64
)
TRANSFORMER = replace(
    RECIPES["cpu"],
    sizes={
        "d_model": 64, "n_layers": 2, "n_heads": 2, "n_kv_heads": 1, "d_head": 32, "d_dense": 64, "d_expert": 32,
        "n_experts": 4, "d_depth": 64, "d_depth_ff": 64, "d_part": 16,
    },
    n_merges=30,
    grids=(GridRecipe((8, 8), 4, 1.0, 32), GridRecipe((16, 16), 1, 0.5, 8, from_step=2)),
    planned=4,
    fresh_a_step=1,
    first_scenes=8,
    held_out=8,
)  # fmt: skip


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


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for number, colour in enumerate(("red", "blue", "green")):
        Image.new("RGB", (300, 280), colour).save(tmp_path / f"{number}.png")
        (tmp_path / f"{number}.txt").write_text(f"a {colour} field")
    return tmp_path


@needs_font
def test_it_trains_the_tokenizer_on_own_pictures_too(own: Path, tmp_path: Path):
    folder = tmp_path / "run"
    tokenizer_training.train(
        folder=folder, recipe=TOKENIZER, minutes=5, most_steps=4, resume=False, data=Pairs(own, (8, 8))
    )
    assert load_tokenizer(folder, TOKENIZER.config)[1]["steps"] == 4


@needs_font
def test_it_teaches_own_pictures_every_other_step(runs: Path, own: Path, tmp_path: Path):
    tokenizer, _ = load_tokenizer(runs / "tokenizer", TOKENIZER.config)
    words = transformer_training.text_tokenizer(runs / "transformer", TRANSFORMER)
    model = Transformer(TRANSFORMER.config(words))
    teacher = Teacher(tmp_path, TRANSFORMER, words, tokenizer, Pairs(own, (8, 8)))
    scenes, pictures = teacher.teach(model, 0), teacher.teach(model, 1)
    assert scenes["plan"] > 0
    assert pictures["plan"] == 0 and pictures["a"] > 0, "nobody planned them"
    assert model.head.a_logits.weight.grad is not None


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
