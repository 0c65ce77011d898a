"""The whole benchmark, small, on a model that needs no training: it draws the truth."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image
from tqdm import tqdm

from generation.aurora import checkpoint
from generation.aurora.tokenizer import Tokenizer, TokenizerConfig
from generation.evaluation import suite, weights
from generation.evaluation.asked import Prompt
from generation.evaluation.bench import Bench, Subject, Task
from generation.evaluation.judge import Judge, fitted
from generation.evaluation.upstream import Reconstruction
from generation.world.render import render
from tests.model.fonts import needs_font

PATHS = [
    *(f"geneval.{side}.{name}" for side in ("seen", "heldout") for name in ("overall", *suite.GENEVAL)),
    "text.latin.cer", "text.hangul.cer", "reconstruction.psnr", "reconstruction.cer", "reconstruction.ssim",
    "long_prompt.recall_12", "long_prompt.precision_3", "long_prompt.binding_6", "diversity.layouts", "memory.nearest",
    "style.seen", "style.heldout",
]  # fmt: skip
needs_evaluators = pytest.mark.skipif(
    not (weights.SHIPPED / weights.FILE).exists(), reason="no evaluators have been trained"
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    torch.manual_seed(0)
    return Tokenizer(TokenizerConfig(widths=(16, 32, 32), x2_width=8)).eval()


def untrained() -> Judge:
    torch.manual_seed(0)
    model = weights.fresh().eval()
    return Judge(weights.Loaded(model.detector, model.reader, 0.3, {"steps": 0}))


def png(prompt: Prompt) -> bytes:
    assert prompt.scene is not None
    file = io.BytesIO()
    pixels = (render(prompt.scene).image_CHW * 255).round().byte().permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def drawing(prompts: list[Prompt]) -> Any:
    files = {prompt.text: png(prompt) for prompt in prompts}
    return lambda text, seeds: [files[text]] * len(seeds)


@needs_font
def test_it_tells_every_score_with_what_belongs_beside_it(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("generation.evaluation.upstream.TRAINED", 8)
    blank = io.BytesIO()
    Image.new("RGB", (256, 256)).save(blank, "PNG")
    subject = Subject("blank", lambda _, seeds: [blank.getvalue()] * len(seeds), tokenizer)
    result = Bench(subject, untrained(), images=4).run()
    assert {"model", "seed", "commit", "images_a_task", "seconds", "evaluators", "tesseract"} <= set(result)
    for path in PATHS:
        told = result
        for key in path.split("."):
            told = told[key]
        assert {"value", "ci95", "ceiling", "ceiling_tokenizer", "floor", "n"} == set(told)
    assert result["geneval"]["heldout"]["overall"]["n"] == 6 * 8
    json.dumps(result, allow_nan=False)


@needs_font
def test_pictures_of_another_prompt_are_the_floor(tokenizer: Tokenizer):
    prompts = suite.prompts("colours", 3, 0, held_out=True)
    asked: list[tuple[int, ...]] = []

    def draw(text: str, seeds: tuple[int, ...]) -> list[bytes]:
        asked.append(seeds)
        return [png(prompts[0])] * len(seeds)

    one = Bench(Subject("", draw, tokenizer), untrained(), 8, seed=5)
    outcome = one._judged(Task(prompts, prompts), tqdm(disable=True))
    assert asked == [(5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16)]
    told = outcome.told(lambda prompt, _: (float(prompt is prompts[1]), 1.0))
    assert list(told.drawn) == [(0, 4), (4, 4), (0, 4)]
    assert list(told.shuffled) == [(4, 4), (0, 4), (0, 4)]
    assert (len(told.truth), len(told.again), told.pictures) == (3, 3, 12)


@needs_font
@needs_evaluators
def test_the_shipped_judge_can_tell(tokenizer: Tokenizer):
    prompts = [prompt for task in suite.GENEVAL for prompt in suite.prompts(task, 6, 11, held_out=True)]
    judge = Judge(weights.load())
    result = Bench(Subject("truth", drawing(prompts), tokenizer), judge, 4 * len(prompts)).run_outside(prompts)
    told = result["suite"]["overall"]
    assert told["value"] == told["ceiling"] >= 0.9
    assert told["floor"] <= 0.15


@needs_font
@needs_evaluators
def test_the_shipped_reader_reads_renders(tokenizer: Tokenizer):
    prompts = [prompt for script in ("latin", "hangul") for prompt in suite.written(script, 8, 11)]
    result = Bench(Subject("truth", drawing(prompts), tokenizer), Judge(weights.load()), 64).run_outside(prompts)
    assert result["suite"]["text"]["cer"]["value"] <= 0.1


@needs_font
def test_what_a_perfect_tokenizer_would_give_back():
    class Perfect(Tokenizer):
        def to_codes(self, image_BCHW: torch.Tensor) -> torch.Tensor:
            return image_BCHW

        def to_image(self, codes_BHW42: torch.Tensor, *, scale: int = 1) -> torch.Tensor:
            return codes_BHW42

    told = Reconstruction(Perfect(TokenizerConfig((8, 8, 8), 8)), untrained()).figures(8, 0)
    assert told["reconstruction.psnr"]["value"] == 100
    assert told["reconstruction.psnr"]["floor"] < 15
    assert told["reconstruction.ssim"]["value"] == pytest.approx(1)


def test_pictures_of_any_size_come_to_the_judge_alike():
    assert fitted(torch.rand(1, 3, 512, 512)).shape == (1, 3, 256, 256)
    assert fitted(torch.rand(1, 3, 544, 960)).shape == (1, 3, 256, 448)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"images": 3}, "--images must be at least 4"),
        ({"seed": -1}, "--seed must be 0 or more"),
        ({"suite": Path("none.jsonl")}, "Cannot read none.jsonl"),
    ],
)
def test_the_command_refuses_in_one_sentence(options: dict[str, Any], says: str):
    with pytest.raises(CommandError, match=re.escape(says)):
        call_command("evaluate", **options)


@needs_font
@needs_evaluators
def test_the_command_runs_a_suite_from_outside(tmp_path: Path):
    prompts, out, card = tmp_path / "suite.jsonl", tmp_path / "out.json", tmp_path / "card.md"
    prompts.write_text('{"prompt": "a red apple", "include": [{"class": "apple", "color": "red"}]}\n')
    card.write_text("<!-- aurorabench -->\n<!-- /aurorabench -->\n")
    told = io.StringIO()
    call_command("evaluate", suite=prompts, images=4, out=out, card=card, stdout=told)
    assert "suite.overall" in told.getvalue() and "suite.overall" in card.read_text()
    result = json.loads(out.read_text())
    assert result["suite"]["overall"]["n"] == 4 and result["model"] == checkpoint.load().name
