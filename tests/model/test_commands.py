"""The commands for operators, on the shipped weights."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from generation.serving import bench


def generate(out: Path, prompt: str = "a red apple", **options: Any) -> list[dict[str, Any]]:
    text = io.StringIO()
    call_command("generate", prompt, out=out, json=True, stdout=text, **{"size": "256x256"} | options)
    return [json.loads(line) for line in text.getvalue().splitlines()]


def test_it_draws_files_and_tells_how(tmp_path: Path) -> None:
    drawn = generate(tmp_path, n=2, seed=7)
    assert sorted(facts["seed"] for facts in drawn) == [7, 8]
    for facts in drawn:
        assert set(facts) == {"path", "seed", "size", "seconds", "positions"}
        assert Image.open(facts["path"]).size == (256, 256)
    assert len(list(tmp_path.iterdir())) == 2


def test_it_draws_the_same_bytes_from_the_same_prompt_and_seed(tmp_path: Path) -> None:
    once, again, other = (
        Path(generate(tmp_path / name, prompt, seed=3)[0]["path"]).read_bytes()
        for name, prompt in (("a", "a red apple"), ("b", "a red apple"), ("c", "a blue sky over green grass"))
    )
    assert once == again
    assert once != other


@pytest.mark.parametrize(
    ("field", "prompt", "options"),
    [
        ("prompt", "  ", {}),
        ("prompt", "x" * 1001, {}),
        ("prompt", "a\x00b", {}),
        ("mode", "a cat", {"mode": "4k"}),
        ("size", "a cat", {"size": "300x300"}),
        ("size", "a cat", {"mode": "speed", "size": "1024x1024"}),
        ("size", "a cat", {"mode": "pro", "size": "1024x1024"}),
        ("n", "a cat", {"n": "0"}),
        ("seed", "a cat", {"seed": "-1"}),
    ],
)
def test_it_names_the_field_that_is_wrong(field: str, prompt: str, options: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"{field}: "):
        generate(tmp_path / "out", prompt, **options)
    assert not (tmp_path / "out").exists()


def test_it_says_when_weights_are_missing(tmp_path: Path, settings: Any) -> None:
    settings.AURORA_WEIGHTS = tmp_path / "nowhere"
    with pytest.raises(CommandError, match="weights are missing"):
        generate(tmp_path)


def test_it_says_when_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="Choose another --out"):
        generate(tmp_path / "file" / "out")


def test_it_measures_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed: see requirements-dev.txt")
    monkeypatch.setattr(bench, "PICTURES", (1, 8))
    monkeypatch.setattr(bench, "REQUESTS", (2,))
    text, told, plot = io.StringIO(), tmp_path / "bench.json", tmp_path / "bench.png"
    call_command("bench", repeats=1, json=told, plot=plot, stdout=text)
    figures = bench.flat(json.loads(told.read_text()))
    wanted = ["speedup_vs_transformers.1", "speedup_vs_transformers.8", "limit_share.bandwidth", "batching.ratio_2"]
    wanted += ["speed.first_preview_s", "speed.picture_s", "quality.four_s", "pro.picture_s", "pixels_share"]
    assert all(figures[name] > 0 for name in wanted)
    assert figures["speed.first_preview_s"] < figures["speed.picture_s"]
    assert "speedup_vs_transformers.1" in text.getvalue() and "aim >= 6" in text.getvalue()
    assert Image.open(plot).width > 400


def test_it_does_not_train_over_a_run(tmp_path: Path, settings: Any) -> None:
    settings.AURORA_VAR = tmp_path
    run = tmp_path / "training" / "tokenizer-cpu"
    run.mkdir(parents=True)
    (run / "checkpoint.pt").write_bytes(b"hours of work")
    with pytest.raises(CommandError, match="--resume"):
        call_command("train", "tokenizer", minutes=1)
    assert (run / "checkpoint.pt").read_bytes() == b"hours of work"


def test_it_says_what_to_train_first(tmp_path: Path, settings: Any) -> None:
    settings.AURORA_VAR = tmp_path
    for part in ("decoder", "transformer"):
        with pytest.raises(CommandError, match="train tokenizer"):
            call_command("train", part, recipe="gpu", minutes=1)  # the shipped weights are of other sizes
    with pytest.raises(CommandError, match="train tokenizer"):
        call_command("export_weights", out=tmp_path / "weights")
