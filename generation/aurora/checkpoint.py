"""The shipped weights: safetensors in shards, half precision on disk, float32 in memory, and what they are."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer, TokenizerConfig
from generation.aurora.transformer import Transformer, TransformerConfig

SHIPPED = Path(__file__).parent / "weights"
SHARD_BYTES = 14 * 2**20
SHOULD = (
    "Restore generation/aurora/weights from the repository, or point AURORA_WEIGHTS at a folder that `train` exported."
)


class WeightsError(Exception):
    """The weights cannot be used; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Loaded:
    name: str
    text: TextTokenizer
    tokenizer: Tokenizer
    transformer: Transformer


def load(folder: Path | None = None) -> Loaded:
    """The model of a folder (default: the shipped one), checked file by file. Raises WeightsError."""
    folder = folder or SHIPPED
    try:
        card = json.loads((folder / "model.json").read_text())
        tensors = {name: _read(folder / name, digest) for name, digest in card["shards"].items()}
        text = TextTokenizer.load(folder / "text.json")
        sizes = card["tokenizer"] | {"widths": tuple(card["tokenizer"]["widths"])}
        tokenizer = Tokenizer(TokenizerConfig(**sizes))
        transformer = Transformer(TransformerConfig(**card["transformer"]))
        if transformer.config.n_vocab != text.n_vocab:
            raise ValueError(f"text.json has {text.n_vocab} tokens, the transformer {transformer.config.n_vocab}")
        _fill(tokenizer, tensors, "tokenizer.")
        _fill(transformer, tensors, "transformer.")
    except FileNotFoundError as error:
        raise WeightsError(f"The model's weights are missing ({error.filename}). {SHOULD}") from error
    except WeightsError:
        raise
    except Exception as error:  # any damage at all ends in the same advice
        raise WeightsError(
            f"The model's weights in {folder} are damaged or of another version ({error}). {SHOULD}"
        ) from error
    return Loaded(card["name"], text, tokenizer.eval(), transformer.eval())


def facts(folder: Path | None = None) -> dict[str, dict[str, float]]:
    """How long each part of a folder of weights was trained: "steps" and "minutes" of "tokenizer", "transformer"."""
    found: dict[str, dict[str, float]] = json.loads(((folder or SHIPPED) / "model.json").read_text())["training"]
    return found


def _read(path: Path, digest: str) -> dict[str, Tensor]:
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise WeightsError(f"The weights file {path.name} is damaged: its checksum does not match. {SHOULD}")
    return load_file(path)


def _fill(model: nn.Module, shards: dict[str, dict[str, Tensor]], prefix: str) -> None:
    state = {
        name.removeprefix(prefix): tensor.float()
        for shard in shards.values()
        for name, tensor in shard.items()
        if name.startswith(prefix)
    }
    model.load_state_dict(state)


def save(
    folder: Path,
    *,
    name: str,
    text: TextTokenizer,
    tokenizer: Tokenizer,
    transformer: Transformer,
    facts: dict[str, Any],
) -> None:
    """Write a folder that `load` takes: float16 shards of at most 14 MiB with checksums, text merges, model.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    state = {f"tokenizer.{key}": value for key, value in tokenizer.state_dict().items()}
    state |= {f"transformer.{key}": value for key, value in transformer.state_dict().items()}
    shards = _split({key: value.half().contiguous() for key, value in state.items()})
    digests = {}
    for number, shard in enumerate(shards, 1):
        path = folder / f"aurora-{number:02d}-of-{len(shards):02d}.safetensors"
        save_file(shard, path)
        path.chmod(0o644)  # safetensors keeps its files from everybody else
        digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    text.save(folder / "text.json")
    card = {
        "name": name,
        "tokenizer": tokenizer.config.as_dict(),
        "transformer": transformer.config.as_dict(),
        "parameters": {
            "tokenizer": count(tokenizer),
            "transformer": count(transformer),
            "transformer_active": active(transformer),
        },
        "shards": digests,
        **facts,
    }
    (folder / "model.json").write_text(json.dumps(card, indent=2) + "\n")


def _split(state: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    shards: list[dict[str, Tensor]] = [{}]
    room = SHARD_BYTES
    for key, value in state.items():
        if value.nbytes > room:
            shards.append({})
            room = SHARD_BYTES
        shards[-1][key] = value
        room -= value.nbytes
    return shards


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def active(model: Transformer) -> int:
    """Parameters that take part in one position: without tables looked up and without the experts not chosen."""
    config = model.config
    tables = sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Embedding))
    an_expert = 3 * config.d_model * config.d_expert
    idle = (config.n_layers - 1) * (config.n_experts - config.top_k) * an_expert
    return count(model) - tables - idle
