"""One training run on disk: where its checkpoints lie, how it resumes, what it reports, how its rate goes."""

import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

from generation.aurora import precision
from generation.training import distributed
from generation.training.average import follow
from generation.training.curve import draw_curve
from generation.training.saved import State, read, write
from generation.training.stopping import Stop

REPORT_STEPS = 50
WARM_UP_STEPS = 100

T = TypeVar("T")


@dataclass
class Run:
    """A cycle of `minutes`: a stable rate, then a linear decay to zero in the last `decay` of it (0..1).

    Only the first steps of a run warm up. Wall time is the clock, so a slow machine learns less but always ends well.
    Weights before the decay are the trunk: a later cycle goes on from them; the decayed ones are a branch, and serve.
    """

    folder: Path
    minutes: float
    model: nn.Module
    optimizers: list[torch.optim.Optimizer]
    most_steps: int | None = None  # ends the cycle earlier; tests count steps, as seconds depend on the machine
    decay: float = 0.0
    checkpoint_seconds: float = 300
    step: int = 0
    trained_seconds: float = 0.0
    flops_a_step: float = 0.0
    _averaged: int = 0  # steps in the moving average
    _trunk: State | None = None  # what it was before the decay, while decaying and after
    _served: State | None = None
    _height: float = 1.0  # of the rate where the decay begins
    _factor: float = 1.0  # of the rate now
    _seconds_left: float = 0.0
    _peak: float = math.inf
    _bar: Any = field(default_factory=lambda: tqdm(disable=True))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._base_rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in self.optimizers]
        distributed.spread(self.model)
        self.ema = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self._cycle_seconds = self.minutes * 60
        self._decay_from = 1 - self.decay  # share of the cycle
        self._paced = (0, time.monotonic())

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def decaying(self) -> bool:
        return self._trunk is not None

    @property
    def _settled(self) -> bool:
        """Whether what serves is decayed and measured: then only a better measurement replaces it."""
        return bool(self._served and self._served["decayed"] and self._served["loss"] is not None)

    def resume(self) -> bool:
        """Load the newest checkpoint if there is one; says whether there was.

        A decay that was cut off is finished first, in the time that it had left: that is the whole cycle then. With
        `decay` 0 it is given up, and the trunk goes on.
        """
        if not self.checkpoint.exists():
            return False
        saved = read(self.checkpoint)
        self._served = saved.pop("served", None)
        branch = saved.pop("branch", None)
        self._load(saved)
        if branch and self.decay:
            self._trunk = saved
            self._load(branch)
            self._height = self._factor = branch["factor"]
            self._decay_from, self._seconds_left = 0.0, branch["seconds_left"]
            self._cycle_seconds = min(self._cycle_seconds, max(self._seconds_left, 1))
        return True

    def adopt_served(self) -> None:
        """Let the trunk be the weights that serve, when what is trained next must fit them."""
        weights = self._served["weights"] if self._served else self.ema
        self.model.load_state_dict(weights)
        self.ema = copy.deepcopy(self.model.state_dict())
        self._cycle_seconds, self._decay_from = self.minutes * 60, 1 - self.decay
        self._trunk, self._height = None, 1.0

    def save(self) -> None:
        """Write the checkpoint: the trunk, what serves, and the branch of a decay that is not over. Draw the curve."""
        if not distributed.is_first():
            return
        if not self._settled:
            self._served = self._newest()
        state = {**(self._trunk or self._state()), "served": self._served}
        if self.decaying and self._seconds_left > 0:
            state["branch"] = self._state() | {"factor": self._factor, "seconds_left": self._seconds_left}
        write(state, self.checkpoint)
        draw_curve(self.folder)

    def _state(self) -> State:
        return {
            "model": self.model.state_dict(),
            "ema": self.ema,
            "averaged": self._averaged,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "trained_seconds": self.trained_seconds,
        }

    def _load(self, saved: State) -> None:
        self.model.load_state_dict(saved["model"])
        for name, value in self.ema.items():
            value.copy_(saved["ema"][name])
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.trained_seconds = saved["step"], saved["trained_seconds"]
        self._averaged = saved.get("averaged", self.step)

    def _newest(self) -> State:
        """The average as it is, as what serves."""
        facts = {"step": self.step, "trained_seconds": self.trained_seconds, "decayed": self.decaying}
        return {"weights": self.ema, "loss": None, "measure": "", **facts}

    def offer(self, loss: float, measure: str) -> bool:
        """Tell the averaged weights' held-out `loss` by a `measure`; says whether they serve from now on.

        Before a first decay the newest average serves. Decayed weights with a loss then serve until others have a lower
        one. Another measure, such as other data, is another contest.
        """
        held = self._served
        if held and self._settled and held["measure"] == measure and held["loss"] < loss:
            return False
        self._served = self._newest() | {"weights": copy.deepcopy(self.ema), "loss": loss, "measure": measure}
        self.save()
        return True

    def steps(self) -> Iterator[int]:
        """Yield step numbers until the minutes are over; checkpoints on the way, at the end, and when told to stop.

        Ctrl-C or SIGTERM ends the cycle after the step in hand, with a checkpoint, and raises KeyboardInterrupt; a
        second one does not wait.
        """
        begun = last_save = time.monotonic()
        already, first = self.trained_seconds, self.step
        self._paced = (first, begun)
        self._bar = tqdm(
            total=round(self._cycle_seconds),
            unit="s",
            desc=self.folder.name,
            mininterval=5,
            disable=not distributed.is_first(),
        )
        with self._bar, Stop() as stop:
            try:
                while (progress := self._progress(time.monotonic() - begun, self.step - first, stop.asked)) < 1:
                    self._set_rates(progress)
                    yield self.step
                    self.step += 1
                    self.trained_seconds = already + time.monotonic() - begun
                    self._bar.update(max(min(round(time.monotonic() - begun), self._bar.total) - self._bar.n, 0))
                    if time.monotonic() - last_save > self.checkpoint_seconds:
                        self.save()
                        last_save = time.monotonic()
                if progress < math.inf:
                    self._seconds_left = 0.0
            finally:
                self.save()
        if progress == math.inf:
            raise KeyboardInterrupt

    def _progress(self, seconds: float, steps: int, stop: bool) -> float:
        """Share of the cycle that is over, infinite when it is to stop; the same in all processes."""
        share = seconds / self._cycle_seconds
        share = max(share, steps / self.most_steps) if self.most_steps else share
        return distributed.from_first(math.inf if stop else share)

    def _set_rates(self, progress: float) -> None:
        if progress >= self._decay_from and self.decay and not self.decaying:
            self.save()
            self._trunk = copy.deepcopy(self._state())
            self._averaged = 0  # the branch has an average of its own
        decayed = (1 - progress) / (1 - self._decay_from) if self.decaying else 1.0
        self._factor = self._height * min(decayed, 1.0)
        self._seconds_left = (1 - progress) * self._cycle_seconds
        warm_up = min(WARM_UP_STEPS, self.most_steps // 10) if self.most_steps else WARM_UP_STEPS
        warm = min((self.step + 1) / max(warm_up, 1), 1.0)
        for optimizer, rates in zip(self.optimizers, self._base_rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * self._factor * warm

    @torch.no_grad()
    def update(self) -> None:
        """Average gradients over processes, clip, step every optimizer, clear, follow with the moving average.

        A step whose gradients are not finite is left out: it would spoil every later one.
        """
        distributed.average_gradients(self.model)
        finite = bool(nn.utils.clip_grad_norm_(self.model.parameters(), 1.0).isfinite())
        for optimizer in self.optimizers:
            if finite:
                optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self._averaged += 1
        follow(self.ema, self.model.state_dict(), self._averaged)

    def pace(self, name: str, samples_a_step: int) -> dict[str, float]:
        """Samples a second under `name`, GFLOP/s, and their share of the measured peak, since this was asked last."""
        steps, seconds = self.step + 1 - self._paced[0], time.monotonic() - self._paced[1]
        self._paced = (self.step + 1, time.monotonic())
        rate, processes = steps / seconds, distributed.world_size()
        return {
            name: round(rate * samples_a_step * processes, 1),
            "gflops": round(rate * self.flops_a_step * processes / 1e9, 1),
            "of_peak": round(rate * self.flops_a_step / self._peak, 3),
        }

    def report(self, **figures: Any) -> None:
        """Show on the bar and append to log.jsonl."""
        if not distributed.is_first():
            return
        line = {"step": self.step, "seconds": round(self.trained_seconds, 1), **figures}
        if self.decaying:
            line["decaying"] = True
        self._bar.set_postfix(figures)
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def counted(self, work: Callable[[], T]) -> T:
        """Do one step's forward and backward; the first time, count its operations and measure the machine's peak."""
        if self.flops_a_step:
            return work()
        with FlopCounterMode(display=False) as counter:
            result = work()
        self.flops_a_step = counter.get_total_flops()
        place = next(self.model.parameters()).device
        side = 8192 if place.type == "cuda" else precision.SIDE
        self._peak = precision.products(place, precision.best(place), side=side, seconds=0.3)
        return result
