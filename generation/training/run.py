"""One training run on disk: where its checkpoints lie, how it resumes, what it reports, how its rate goes."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

CHECKPOINT_SECONDS = 300
REPORT_STEPS = 50

T = TypeVar("T")


@dataclass
class Run:
    """A cycle of `minutes`: short warm-up, stable rate, linear decay in the last 60 %; wall time is the clock, so a
    slow machine learns less but always ends well. A later cycle with `resume` goes on from the newest checkpoint."""

    folder: Path
    minutes: float
    model: nn.Module
    optimizers: list[torch.optim.Optimizer]
    most_steps: int | None = None  # ends the cycle earlier; tests count steps, as seconds depend on the machine
    ema_decay: float = 0.998
    step: int = 0
    trained_seconds: float = 0.0
    flops_a_step: float = 0.0
    _base_rates: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._base_rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in self.optimizers]
        self.ema = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def resume(self) -> bool:
        """Load the newest checkpoint if there is one; says whether there was."""
        if not self.checkpoint.exists():
            return False
        saved = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.ema = saved["ema"]
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.trained_seconds = saved["step"], saved["trained_seconds"]
        return True

    def save(self) -> None:
        """Write beside, then rename: a kill in the middle leaves the older checkpoint whole."""
        fresh = self.checkpoint.with_suffix(".new")
        torch.save(
            {
                "model": self.model.state_dict(),
                "ema": self.ema,
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                "step": self.step,
                "trained_seconds": self.trained_seconds,
            },
            fresh,
        )
        fresh.replace(self.checkpoint)

    def steps(self) -> Iterator[int]:
        """Yield step numbers until the minutes are over; checkpoints every five minutes, at the end and on Ctrl-C."""
        budget = self.minutes * 60
        begun = last_save = time.monotonic()
        already, first = self.trained_seconds, self.step
        self._paced = (first, begun)
        with tqdm(total=round(budget), unit="s", desc=self.folder.name, mininterval=5) as bar:
            self._bar = bar
            try:
                while (progress := self._progress(time.monotonic() - begun, self.step - first)) < 1:
                    self._set_rates(progress)
                    yield self.step
                    self.step += 1
                    self.trained_seconds = already + time.monotonic() - begun
                    bar.update(max(min(round(time.monotonic() - begun), bar.total) - bar.n, 0))
                    if time.monotonic() - last_save > CHECKPOINT_SECONDS:
                        self.save()
                        last_save = time.monotonic()
            finally:
                self.save()

    def _progress(self, seconds: float, steps: int) -> float:
        share = seconds / (self.minutes * 60)
        return max(share, steps / self.most_steps) if self.most_steps else share

    def _set_rates(self, progress: float) -> None:
        factor = min(progress / 0.02 + 0.02, 1.0, max((1 - progress) / 0.6, 0.01))
        for optimizer, rates in zip(self.optimizers, self._base_rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor

    @torch.no_grad()
    def update(self) -> None:
        """Clip, step every optimizer, clear gradients, follow with the moving average."""
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        decay = min(self.ema_decay, (1 + self.step) / (10 + self.step))
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                self.ema[name].lerp_(value, 1 - decay)
            else:
                self.ema[name].copy_(value)

    def pace(self, name: str, samples_a_step: int) -> dict[str, float]:
        """Samples a second under `name`, and GFLOP/s, since this was asked last."""
        steps, seconds = self.step + 1 - self._paced[0], time.monotonic() - self._paced[1]
        self._paced = (self.step + 1, time.monotonic())
        rate = steps / seconds
        return {name: round(rate * samples_a_step, 1), "gflops": round(rate * self.flops_a_step / 1e9, 1)}

    def report(self, **figures: Any) -> None:
        """Show on the bar and append to log.jsonl."""
        line = {"step": self.step, "seconds": round(self.trained_seconds, 1), **figures}
        self._bar.set_postfix(figures)
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def counted(self, work: Callable[[], T]) -> T:
        """Do one step's forward and backward; the first time, count its floating-point operations."""
        if self.flops_a_step:
            return work()
        with FlopCounterMode(display=False) as counter:
            result = work()
        self.flops_a_step = counter.get_total_flops()
        return result
