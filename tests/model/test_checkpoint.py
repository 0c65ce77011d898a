import json
from pathlib import Path

import pytest
import torch

from generation.aurora import checkpoint
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer
from generation.aurora.transformer import Transformer
from generation.serving.engine import Engine, WeightsError


@pytest.fixture
def folder(tmp_path: Path, words: TextTokenizer, tokenizer: Tokenizer, transformer: Transformer) -> Path:
    checkpoint.save(tmp_path, name="tiny", text=words, tokenizer=tokenizer, transformer=transformer, facts={})
    return tmp_path


def test_it_loads_what_it_saved(folder: Path, transformer: Transformer):
    loaded = checkpoint.load(folder)
    assert loaded.name == "tiny"
    for name, value in loaded.transformer.state_dict().items():
        assert torch.allclose(value, transformer.state_dict()[name], atol=1e-2)


def test_it_splits_into_shards_of_at_most_fifteen_mebibytes(monkeypatch, tmp_path, words, tokenizer, transformer):
    monkeypatch.setattr(checkpoint, "SHARD_BYTES", 200_000)
    checkpoint.save(tmp_path, name="tiny", text=words, tokenizer=tokenizer, transformer=transformer, facts={})
    assert len(list(tmp_path.glob("*.safetensors"))) > 3
    assert checkpoint.load(tmp_path).name == "tiny"


def test_it_says_what_to_do_when_weights_are_missing(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"missing.*AURORA_WEIGHTS"):
        Engine.load(tmp_path / "nowhere")


def test_it_notices_a_damaged_shard(folder: Path):
    shard = next(folder.glob("*.safetensors"))
    damaged = bytearray(shard.read_bytes())
    damaged[-1] ^= 1
    shard.write_bytes(damaged)
    with pytest.raises(WeightsError, match="checksum"):
        Engine.load(folder)


def test_it_notices_a_missing_shard(folder: Path):
    next(folder.glob("*.safetensors")).unlink()
    with pytest.raises(WeightsError, match=r"missing.*safetensors"):
        Engine.load(folder)


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("transformer", "n_layers", 4),
        ("transformer", "n_layers", 2),
        ("transformer", "d_expert", 64),
        ("transformer", "depth_layers", 1),
        ("tokenizer", "x2_width", 16),
    ],
)
def test_it_notices_a_card_that_tells_of_other_weights(folder: Path, part: str, field: str, value: int):
    card = json.loads((folder / "model.json").read_text())
    assert card[part].get(field) != value
    card[part][field] = value
    (folder / "model.json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match="another version"):
        Engine.load(folder)


def test_it_notices_words_of_another_model(folder: Path, words: TextTokenizer):
    TextTokenizer([(a, b) for a, b in words.merges[:-1]], words.plan_words).save(folder / "text.json")
    with pytest.raises(WeightsError, match=r"another version .text.json has \d+ tokens"):
        Engine.load(folder)


@pytest.mark.parametrize("file", ["model.json", "text.json"])
def test_it_notices_a_file_cut_short(folder: Path, file: str):
    whole = (folder / file).read_text()
    (folder / file).write_text(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="damaged"):
        Engine.load(folder)


def test_it_ships_weights_that_fit():
    shards = list(checkpoint.SHIPPED.glob("*.safetensors"))
    assert shards and max(shard.stat().st_size for shard in shards) <= 15 * 2**20
    assert sum(shard.stat().st_size for shard in shards) <= 40_000_000
