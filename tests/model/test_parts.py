"""Which trainer a part of the model gets, in which folder, and what is refused."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from generation.management.commands.train import MINUTES
from generation.training import parts, tokenizer, transformer


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What each trainer was called with; nothing is trained."""
    calls: dict[str, dict[str, Any]] = {}
    settings.AURORA_VAR = tmp_path

    def record(name: str) -> Any:
        return lambda **options: calls.update({name: options})

    evaluators = ModuleType("generation.evaluation.train")
    evaluators.train_evaluators = record("evaluators")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "generation.evaluation", ModuleType("generation.evaluation"))
    monkeypatch.setitem(sys.modules, "generation.evaluation.train", evaluators)
    monkeypatch.setattr(tokenizer, "train", record("tokenizer"))
    monkeypatch.setattr(transformer, "train", record("transformer"))
    monkeypatch.setattr(parts, "load_tokenizer", lambda folder, config: ("the tokenizer", {}))
    monkeypatch.setattr(parts, "begin", record("begin"))
    return calls


def test_each_part_has_its_trainer(called: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    for part in parts.PARTS:
        call_command("train", part, minutes=2.0, decay=0.1)
        assert ("begin" in called) == (part == "decoder")
        called.pop("begin", None)
        options = called.pop("tokenizer" if part == "decoder" else part)
        assert options["minutes"] == 2
        folder = "tokenizer" if part == "decoder" else part
        assert options["folder"] == tmp_path / "training" / f"{folder}-cpu"
        if part in ("tokenizer", "decoder"):
            assert (options["decoder_only"], options["resume"]) == (part == "decoder", part == "decoder")
        else:
            assert options["tokenizer"] == "the tokenizer"
    assert not called


def test_a_cycle_of_the_gpu_recipe_is_short_enough_for_a_lent_machine(called: dict[str, dict[str, Any]]) -> None:
    call_command("train", "tokenizer", recipe="gpu")
    assert called["tokenizer"]["minutes"] == MINUTES["gpu"] <= 9
    assert called["tokenizer"]["recipe"] is tokenizer.RECIPES["gpu"]


def test_own_data_is_shaped_to_the_grid(called: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    Image.new("RGB", (50, 50), "red").save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("a red field")
    for part in ("tokenizer", "transformer"):
        call_command("train", part, data=tmp_path)
        assert called[part]["data"].image(0).shape == (3, 256, 256)
    with pytest.raises(CommandError, match="leave --data away"):
        call_command("train", "evaluators", data=tmp_path)
    with pytest.raises(CommandError, match="nowhere"):
        call_command("train", "tokenizer", data=tmp_path / "nowhere")


@pytest.mark.parametrize("options", [{"minutes": 0.0}, {"minutes": float("nan")}, {"decay": 1.5}, {"decay": -0.1}])
def test_it_refuses_what_makes_no_cycle(called: dict[str, dict[str, Any]], options: dict[str, float]) -> None:
    with pytest.raises(CommandError, match=f"--{next(iter(options))}"):
        call_command("train", "tokenizer", **options)
    assert not called


@pytest.mark.parametrize("part", ["tokenizer", "transformer", "evaluators"])
def test_it_does_not_train_over_a_run(called: dict[str, dict[str, Any]], tmp_path: Path, part: str) -> None:
    run = tmp_path / "training" / f"{part}-cpu"
    run.mkdir(parents=True)
    (run / "checkpoint.pt").write_bytes(b"hours of work")
    with pytest.raises(CommandError, match="--resume"):
        call_command("train", part)
    call_command("train", part, resume=True)
    assert called[part]["resume"]
