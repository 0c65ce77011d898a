"""Checkpoints as files: written whole or not at all, and read for what they let serve."""

import os
from pathlib import Path
from typing import Any

import torch

State = dict[str, Any]


def write(state: State, path: Path) -> None:
    """Write beside, then rename: a kill in the middle leaves the older file whole."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read(path: Path) -> State:
    """What `write` wrote, on the CPU."""
    state: State = torch.load(path, map_location="cpu", weights_only=True)
    return state


def load_served(path: Path) -> State:
    """What serves of a run: "weights", "step", "trained_seconds", "decayed", and the "loss" by a "measure", or None.

    Older checkpoints, of one trunk without a branch, let their moving average serve.
    """
    saved = read(path)
    facts = {"step": saved["step"], "trained_seconds": saved["trained_seconds"], "decayed": False}
    served: State = saved.get("served") or {"weights": saved["ema"], "loss": None, "measure": "", **facts}
    return served
