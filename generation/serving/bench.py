"""Measure the engine on this machine, on the weights it serves with: medians of several runs, side by side."""

import platform
import statistics
import time
from dataclasses import asdict, dataclass
from typing import Any

import torch

from generation.serving.engine import DrawRequest, Engine, PictureDrawn, RowDrawn

PROMPT = "a red apple on the left on green grass under a blue sky"


@dataclass(frozen=True)
class Timing:
    """Seconds from the call to the first row and to the last picture, and what of it went into pixels."""

    first_row_s: float
    total_s: float
    pixels_s: float
    positions: int

    @property
    def positions_s(self) -> float:
        """Positions a second over all pictures, guidance included, pixels not."""
        return self.positions / (self.total_s - self.pixels_s)


def measure(engine: Engine, *, repeats: int) -> dict[str, Any]:
    """One picture and four at once, taken in turn so that a drift of the machine meets both."""
    counts = (1, 4)
    time_one(engine, 1)  # the first call warms caches and is not counted
    timings: dict[int, list[Timing]] = {count: [] for count in counts}
    for _ in range(repeats):
        for count in counts:
            timings[count].append(time_one(engine, count))
    return {
        "model": engine.name,
        "machine": {"processor": platform.processor() or platform.machine(), "threads": torch.get_num_threads()},
        "repeats": repeats,
        "pictures": {str(count): _summary(runs) for count, runs in timings.items()},
    }


def time_one(engine: Engine, count: int) -> Timing:
    """Draw `count` pictures of 512x512 in speed mode with previews, as a page would ask for them."""
    request = DrawRequest(PROMPT, "speed", 512, 512, tuple(range(count)))
    with _PixelClock(engine) as pixels:
        begun = time.perf_counter()
        first_row = 0.0
        positions = 0
        for event in engine.draw(request, should_stop=lambda: False):
            if isinstance(event, RowDrawn) and not first_row:
                first_row = time.perf_counter() - begun
            elif isinstance(event, PictureDrawn):
                positions += event.positions
        total = time.perf_counter() - begun
    return Timing(first_row, total, pixels.seconds, positions)


class _PixelClock:
    """Counts the seconds spent in the tokenizer's decoder."""

    def __init__(self, engine: Engine) -> None:
        self._tokenizer = engine.tokenizer
        self.seconds = 0.0
        self._since = 0.0

    def __enter__(self) -> "_PixelClock":
        self._hooks = [
            self._tokenizer.decoder.register_forward_pre_hook(lambda *_: self._start()),
            self._tokenizer.exit_x1.register_forward_hook(lambda *_: self._stop()),
            self._tokenizer.exit_x2.register_forward_hook(lambda *_: self._stop()),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _start(self) -> None:
        self._since = time.perf_counter()

    def _stop(self) -> None:
        self.seconds += time.perf_counter() - self._since


def _summary(runs: list[Timing]) -> dict[str, float]:
    medians = {key: statistics.median(asdict(run)[key] for run in runs) for key in asdict(runs[0])}
    return {
        "first_row_s": round(medians["first_row_s"], 3),
        "total_s": round(medians["total_s"], 3),
        "positions_s": round(statistics.median(run.positions_s for run in runs), 1),
        "pixels_share": round(medians["pixels_s"] / medians["total_s"], 3),
    }
