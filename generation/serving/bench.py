"""Measure the engine on this machine with the weights it serves: everything side by side in one run, in turn."""

import os
import resource
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from generation.aurora import batch, checkpoint
from generation.aurora.batch import Brief
from generation.aurora.peers import Glm4Rotary, draw_on, glm4_config, glm4_state
from generation.aurora.plan import Plan, PlannedGroup
from generation.aurora.planning import Planner
from generation.aurora.prefix import Sampling
from generation.aurora.stepping import EagerStep
from generation.aurora.tokenizer import Tokenizer
from generation.aurora.transformer import Transformer
from generation.serving import machine
from generation.serving.engine import LONGEST, SLOTS, Engine, best_step, fused_threads
from generation.serving.model import DrawRequest, RowDrawn
from generation.serving.previews import png

PROMPT = "a red apple on the left on green grass under a blue sky"
PLAN = Plan("render", "plain", ("white",), groups=(PlannedGroup("apple", "red", 3, ((3, 1),)),))
SQUARE = (8, 8)
PICTURES = (1, 4, 8)
REQUESTS = (1, 8, 32)
TARGETS = {
    "speedup_vs_transformers.1": 6.0,
    "speedup_vs_transformers.4": 4.0,
    "batching.ratio_8": 0.5,
    "speed.first_preview_s": 0.5,
    "speed.picture_s": 2.0,
    "quality.four_s": 30.0,
    "pro.picture_s": 20.0,
    "pixels_share": 0.15,
}
"""What is aimed at on two CPU cores: ratios to transformers at least, all others at most."""


@dataclass(frozen=True)
class Contest:
    """Ways of doing the same thing, each to be timed in turn, so that a drift of the machine meets all."""

    ways: Mapping[str, Callable[[], Any]]

    def medians(self, repeats: int) -> dict[str, float]:
        """Seconds by way; the first round warms up and is not counted."""
        times: dict[str, list[float]] = {name: [] for name in self.ways}
        for number in range(repeats + 1):
            for name, way in self.ways.items():
                begun = time.perf_counter()
                way()
                if number:
                    times[name].append(time.perf_counter() - begun)
        return {name: statistics.median(seconds) for name, seconds in times.items()}


class Bench:
    """`built` is where the fused step lies. Raises WeightsError; needs transformers."""

    def __init__(self, weights: Path | None, built: Path, *, repeats: int) -> None:
        self.repeats = repeats
        self.model = checkpoint.load(weights)
        self.planner = Planner(self.model.transformer, self.model.text)
        self.step = best_step(self.model.transformer, built=built, slots=max(PICTURES))
        self.cores, self.threads = len(os.sched_getaffinity(0)), fused_threads()
        self.engine = Engine(self.model, best_step(self.model.transformer, built=built, slots=SLOTS))

    def run(self) -> Iterator[tuple[str, Any]]:
        """Parts of the report, as they are measured."""
        yield (
            "machine",
            machine.facts() | {"step": type(self.step).__name__, "threads": self.threads, "cores": self.cores},
        )
        yield from self._against_transformers()
        yield "batching", self._batching()
        yield from self._modes()
        yield "memory", {"peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}
        self.engine.close()

    def _against_transformers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The others on all cores; the fused step has its share of them."""
        peer, memory = _peer(self.model.transformer)
        eager = EagerStep(self.model.transformer, kv_rows=2 * max(PICTURES), longest=LONGEST)
        report: dict[str, dict[str, float]] = {}
        for count in PICTURES:
            briefs = self._briefs(count)
            contest = Contest(
                {
                    "ours": partial(batch.draw, self.step, self.planner, briefs),
                    "eager": self._on_all_cores(partial(batch.draw, eager, self.planner, briefs)),
                    "transformers": self._on_all_cores(partial(_draw_on, peer, memory, self.planner, briefs)),
                }
            )
            seconds = contest.medians(self.repeats)
            positions = count * SQUARE[0] * SQUARE[1]
            report[str(count)] = {
                **{f"{name}_positions_s": round(positions / each, 1) for name, each in seconds.items()},
                "ours_s_a_picture": round(seconds["ours"] / count, 4),
                "speedup": round(seconds["transformers"] / seconds["ours"], 2),
                "speedup_over_eager": round(seconds["eager"] / seconds["ours"], 2),
            }
        yield "drawing", report
        yield "speedup_vs_transformers", {count: row["speedup"] for count, row in report.items()}
        yield "limit_share", self._limits(report)

    def _on_all_cores(self, work: Callable[[], Any]) -> Callable[[], Any]:
        return partial(machine.with_threads, self.cores, work)

    def _briefs(self, count: int) -> list[Brief]:
        """Guided pictures with a plan: the same work for all who take part."""
        caption = self.model.text.encode(PROMPT)
        return [Brief(caption, SQUARE, seed, Sampling(), PLAN) for seed in range(count)]

    def _limits(self, report: dict[str, dict[str, float]]) -> dict[str, float]:
        """Shares of what the step's cores can read and multiply, measured now, at one and at eight pictures."""
        active = checkpoint.active(self.model.transformer)
        bandwidth, compute = machine.read_gb_s(self.threads), machine.matmul_gflop_s(self.threads)
        one, many = report["1"]["ours_positions_s"], report["8"]["ours_positions_s"]
        return {
            "read_gb_s": round(bandwidth, 1),
            "matmul_gflop_s": round(compute, 1),
            # Both rows of a guided picture share one reading of the weights, two bytes each.
            "bandwidth": round(one * active * 2 / 1e9 / bandwidth, 3),
            "compute": round(many * 2 * active * 2 / 1e9 / compute, 3),
        }

    def _batching(self) -> dict[str, Any]:
        """Requests of one 512x512 picture, all at once against one after another, pixels included."""
        figures: dict[str, Any] = {}
        for count in REQUESTS:
            requests = [_request(seeds=(seed,)) for seed in range(count)]
            ways = {
                "together": partial(_together, self.engine, requests),
                "in_turn": partial(_in_turn, self.engine, requests),
            }
            seconds = Contest(ways).medians(self.repeats)
            figures |= {f"{name}_{count}_s": round(each, 3) for name, each in seconds.items()}
            figures[f"ratio_{count}"] = round(seconds["together"] / seconds["in_turn"], 3)
        return figures

    def _modes(self) -> Iterator[tuple[str, Any]]:
        """What a reader waits for, previews and pixels included."""
        wants = {
            "speed": _request(seeds=(1,)),
            "quality": _request(mode="quality", side=(1024, 1024), seeds=(1, 2, 3, 4)),
            "pro": _request(mode="pro", side=(1920, 1080), seeds=(1,)),
        }
        first: list[float] = []
        told = {"speed": first}
        codes_HW42 = batch.draw(self.step, self.planner, self._briefs(1)).view(1, *SQUARE, 4, 2)
        ways: dict[str, Callable[[], Any]] = {
            name: partial(_seen, self.engine, want, told.get(name, [])) for name, want in wants.items()
        }
        ways["pixels"] = partial(_pixels, self.engine.tokenizer, codes_HW42)
        seconds = Contest(ways).medians(self.repeats)
        yield (
            "speed",
            {
                "first_preview_s": round(statistics.median(first[1:]), 3),
                "picture_s": round(seconds["speed"], 3),
            },
        )
        yield "quality", {"four_s": round(seconds["quality"], 3)}
        yield "pro", {"picture_s": round(seconds["pro"], 3)}
        yield "pixels_share", round(seconds["pixels"] / seconds["speed"], 3)


def _request(*, seeds: tuple[int, ...], mode: str = "speed", side: tuple[int, int] = (512, 512)) -> DrawRequest:
    return DrawRequest(PROMPT, mode, *side, seeds)


def _peer(model: Transformer) -> tuple[Any, Callable[[], Any]]:
    """transformers' model with our weights, and what makes a cache for it."""
    import transformers  # an optional package, which only the bench and Janus need

    config = transformers.Glm4MoeConfig(**glm4_config(model.config))
    peer = transformers.Glm4MoeModel(config)
    peer.load_state_dict(glm4_state(model))
    peer.rotary_emb = Glm4Rotary(model.config.d_head)
    return peer.eval(), lambda: transformers.DynamicCache(config=config)


def _draw_on(peer: Any, memory: Callable[[], Any], planner: Planner, briefs: list[Brief]) -> None:
    draw_on(peer, memory(), planner, briefs)


def _together(engine: Engine, requests: list[DrawRequest]) -> None:
    for events in [engine.draw(request, should_stop=lambda: False) for request in requests]:
        deque(events, maxlen=0)


def _in_turn(engine: Engine, requests: list[DrawRequest]) -> None:
    for request in requests:
        _together(engine, [request])


def _seen(engine: Engine, request: DrawRequest, first: list[float]) -> None:
    """Draw it all, and add the seconds to the first row to `first`."""
    begun = time.perf_counter()
    rows = (event for event in engine.draw(request, should_stop=lambda: False) if isinstance(event, RowDrawn))
    next(rows)
    first.append(time.perf_counter() - begun)
    deque(rows, maxlen=0)


def _pixels(tokenizer: Tokenizer, codes_BHW42: Tensor) -> None:
    png(tokenizer.to_image(codes_BHW42, scale=2)[0])


def flat(report: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """ "speed.picture_s" -> seconds, for all numbers of a report."""
    found: dict[str, float] = {}
    for name, value in report.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found
