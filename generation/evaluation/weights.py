"""The evaluators as one small file: float16 safetensors, with what they know and how they learned in its metadata."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from generation.evaluation.detector import Detector
from generation.evaluation.glyphs import Reader, alphabets
from generation.world.vocabulary import THINGS

SHIPPED = Path(__file__).parent / "weights"
FILE = "evaluators.safetensors"


class NoEvaluators(Exception):
    """The evaluators cannot be used; the sentence says what to do."""


class Evaluators(nn.Module):
    """Both nets, so that they are trained and stored as one."""

    def __init__(self, things: tuple[str, ...], alphabets: dict[str, str]) -> None:
        super().__init__()
        self.detector, self.reader = Detector(things), Reader(alphabets)


def fresh() -> Evaluators:
    """Untrained, for the world as it is."""
    return Evaluators(tuple(thing.name for thing in THINGS), alphabets())


@dataclass(frozen=True)
class Loaded:
    """`threshold` is how sure the detector must be; `facts` are seed, steps and how well they do on truth."""

    detector: Detector
    reader: Reader
    threshold: float
    facts: dict[str, Any]


def save(model: Evaluators, folder: Path, *, threshold: float, facts: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: value.half().contiguous() if value.is_floating_point() else value
        for name, value in model.state_dict().items()
    }
    known = {
        "things": list(model.detector.things),
        "alphabets": model.reader.alphabets,
        "threshold": threshold,
        "facts": facts,
    }
    save_file(state, folder / FILE, metadata={"evaluators": json.dumps(known, ensure_ascii=False)})
    (folder / FILE).chmod(0o644)  # safetensors keeps its files from everybody else


def load(folder: Path = SHIPPED) -> Loaded:
    """Raises NoEvaluators."""
    path = folder / FILE
    again = "train them with `./manage.py train evaluators`."
    try:
        with safe_open(path, "pt") as file:
            known = json.loads(file.metadata()["evaluators"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
        model = Evaluators(tuple(known["things"]), known["alphabets"])
        model.load_state_dict({name: v.float() if v.dtype == torch.float16 else v for name, v in state.items()})
    except FileNotFoundError as error:
        raise NoEvaluators(f"There are no evaluators at {path}: {again}") from error
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError, OSError) as error:
        raise NoEvaluators(f"The evaluators at {path} are damaged or of another version: {again}") from error
    model.eval()
    return Loaded(model.detector, model.reader, known["threshold"], known["facts"])
