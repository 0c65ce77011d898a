"""AuroraBench: draw what the suites ask for, judge it, and put ceilings and a floor beside every score."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from generation.aurora.tokenizer import Tokenizer
from generation.evaluation import measures, suite
from generation.evaluation.asked import Prompt
from generation.evaluation.figures import Ratio, Told, figure, nested
from generation.evaluation.judge import Found, Judge
from generation.evaluation.measures import Measure
from generation.evaluation.pixels import from_png
from generation.evaluation.upstream import Reconstruction, memory
from generation.world.render import render_batch
from generation.world.words import SCRIPTS

SEEDS = 4  # pictures of a prompt, drawn side by side
BATCH = 8  # renders judged at once
MANY = 16  # pictures of a prompt, where it is asked how they differ
Draw = Callable[[str, tuple[int, ...]], Sequence[bytes]]
"""A prompt and at most four seeds to PNG files of square pictures."""


@dataclass(frozen=True)
class Subject:
    """What is measured."""

    name: str
    draw: Draw
    tokenizer: Tokenizer


@dataclass(frozen=True)
class Task:
    """`prompts` are drawn, all of `known` are rendered for the ceiling."""

    prompts: list[Prompt]
    known: list[Prompt]
    seeds: int = SEEDS


@dataclass(frozen=True)
class Outcome:
    """What was found: a list of pictures for each prompt, one render and one reconstruction for each known one."""

    task: Task
    drawn: list[list[Found]]
    truth: list[Found]
    again: list[Found]

    def told(self, measure: Measure) -> Told:
        prompts, known = self.task.prompts, self.task.known
        others = prompts[1:] + prompts[:1]
        return Told(
            [_sum(measure(prompt, found) for found in row) for prompt, row in zip(prompts, self.drawn, strict=True)],
            [measure(prompt, found) for prompt, found in zip(known, self.truth, strict=True)],
            [measure(prompt, found) for prompt, found in zip(known, self.again, strict=True)],
            [_sum(measure(prompt, found) for found in row) for prompt, row in zip(others, self.drawn, strict=True)],
            sum(len(row) for row in self.drawn),
        )


def _sum(ratios: Iterator[Ratio]) -> Ratio:
    counted, of = map(sum, zip(*ratios, strict=True))
    return counted, of


@dataclass
class Bench:
    """`images` is how many pictures each task is drawn in; the seed decides prompts and pictures."""

    subject: Subject
    judge: Judge
    images: int = 64
    seed: int = 0
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    first_pictures: list[Tensor] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        """All suites; returns what is written as JSON."""
        return self._timed(self._own)

    def run_outside(self, prompts: list[Prompt]) -> dict[str, Any]:
        """The prompts of a file, four pictures each, or fewer prompts where `images` is less than that."""
        return self._timed(partial(self._outside, prompts[: max(self.images // SEEDS, 1)]))

    def _timed(self, work: Callable[[], None]) -> dict[str, Any]:
        begun = time.monotonic()
        work()
        head = {
            "model": self.subject.name,
            "seed": self.seed,
            "commit": commit(),
            "images_a_task": self.images,
            "seconds": round(time.monotonic() - begun, 1),
            "evaluators": self.judge.evaluators.facts,
            "tesseract": sorted(self.judge.languages),
        }
        return head | nested(self.figures)

    def _own(self) -> None:
        tasks = self._tasks()
        pictures = sum(len(task.prompts) * task.seeds for task in tasks.values())
        with tqdm(total=pictures, unit="picture", desc="draw and judge", mininterval=2) as bar:
            outcomes = {name: self._judged(task, bar) for name, task in tasks.items()}
        for side in ("seen", "heldout"):
            self._geneval(side, outcomes)
            styles = outcomes["style.seen" if side == "seen" else "geneval.heldout.single"]
            self._add(f"style.{side}", [styles], measures.styled)
        for script in SCRIPTS:
            self._text(f"text.{script}", outcomes[f"text.{script}"])
        for named in suite.LENGTHS:
            for name, measure in (
                ("recall", measures.recall), ("precision", measures.precision), ("binding", measures.bound),
            ):  # fmt: skip
                self._add(f"long_prompt.{name}_{named}", [outcomes[f"long_prompt.{named}"]], measure)
        self.figures["diversity.layouts"] = figure([_varied(outcomes["diversity"])], self.seed)
        tokenizer = self.subject.tokenizer
        self.figures |= Reconstruction(tokenizer, self.judge).figures(self.images, self.seed)
        self.figures["memory.nearest"] = memory(self.first_pictures[: self.images], tokenizer, self.images, self.seed)

    def _tasks(self) -> dict[str, Task]:
        n = max(-(-self.images // SEEDS), 2)
        known = max(self.images // 2, n)
        tasks = {}
        for side in ("seen", "heldout"):
            for name in (*suite.GENEVAL, "many"):
                prompts = suite.prompts(name, known, self.seed, held_out=side == "heldout")
                tasks[f"geneval.{side}.{name}"] = Task(prompts[:n], prompts)
        styles = suite.prompts("style", known, self.seed, held_out=False)
        tasks["style.seen"] = Task(styles[:n], styles)
        for script in SCRIPTS:
            prompts = suite.written(script, known, self.seed)
            tasks[f"text.{script}"] = Task(prompts[:n], prompts)
        for named in suite.LENGTHS:
            prompts = suite.long_prompts(named, known, self.seed)
            tasks[f"long_prompt.{named}"] = Task(prompts[:n], prompts)
        few = suite.prompts("colours", max(self.images // MANY, 2), self.seed + 1, held_out=False)
        tasks["diversity"] = Task(few, [suite.restaged(prompt, n) for prompt in few for n in range(MANY)], MANY)
        return tasks

    def _judged(self, task: Task, bar: Any) -> Outcome:
        drawn = [self._drawn(prompt, number, task.seeds, bar) for number, prompt in enumerate(task.prompts)]
        truth, again = [], []
        for script, prompts in groupby(task.known, lambda prompt: prompt.script):
            scenes = [prompt.scene for prompt in prompts if prompt.scene]
            for start in range(0, len(scenes), BATCH):
                image_BCHW = render_batch(scenes[start : start + BATCH]).image_BCHW
                truth += self.judge.look(image_BCHW, script)
                again += self.judge.look(reconstructed(self.subject.tokenizer, image_BCHW), script)
        return Outcome(task, drawn, truth, again)

    def _drawn(self, prompt: Prompt, number: int, seeds: int, bar: Any) -> list[Found]:
        found: list[Found] = []
        for start in range(0, seeds, SEEDS):
            first = self.seed + number * seeds + start
            files = self.subject.draw(prompt.text, tuple(range(first, first + min(SEEDS, seeds - start))))
            image_BCHW = torch.stack([from_png(file) for file in files])
            if len(self.first_pictures) < self.images:
                self.first_pictures += list(image_BCHW)
            found += self.judge.look(image_BCHW, prompt.script)
            bar.update(len(files))
        return found

    def _add(self, name: str, outcomes: list[Outcome], measure: Measure) -> None:
        self.figures[name] = figure([outcome.told(measure) for outcome in outcomes], self.seed)

    def _geneval(self, side: str, outcomes: dict[str, Outcome]) -> None:
        """The overall score is the mean of the six tasks, as GenEval has it."""
        six = [outcomes[f"geneval.{side}.{name}"] for name in suite.GENEVAL]
        self._add(f"geneval.{side}.overall", six, measures.right)
        for name in (*suite.GENEVAL, "many"):
            self._add(f"geneval.{side}.{name}", [outcomes[f"geneval.{side}.{name}"]], measures.right)

    def _text(self, name: str, outcome: Outcome) -> None:
        self._add(f"{name}.cer", [outcome], measures.characters)
        self._add(f"{name}.exact", [outcome], measures.exact)
        if any(found.outsider is not None for row in outcome.drawn for found in row):
            self._add(f"{name}.tesseract_cer", [outcome], measures.characters_outside)

    def _outside(self, prompts: list[Prompt]) -> None:
        task = Task(prompts, [prompt for prompt in prompts if prompt.scene is not None])
        with tqdm(total=len(prompts) * SEEDS, unit="picture", desc="draw and judge", mininterval=2) as bar:
            outcome = self._judged(task, bar)
        self._add("suite.overall", [outcome], measures.whole)
        for tag in sorted({prompt.task for prompt in prompts} - {""}):
            self._add(f"suite.tags.{tag}", [_only(outcome, partial(_is_tagged, tag))], measures.whole)
        if any(prompt.written for prompt in prompts):
            self._text("suite.text", _only(outcome, lambda prompt: bool(prompt.written)))


def _is_tagged(tag: str, prompt: Prompt) -> bool:
    return prompt.task == tag


def _only(outcome: Outcome, wanted: Callable[[Prompt], bool]) -> Outcome:
    prompts, known = outcome.task.prompts, outcome.task.known
    return Outcome(
        Task([prompt for prompt in prompts if wanted(prompt)], [prompt for prompt in known if wanted(prompt)]),
        [row for prompt, row in zip(prompts, outcome.drawn, strict=True) if wanted(prompt)],
        [found for prompt, found in zip(known, outcome.truth, strict=True) if wanted(prompt)],
        [found for prompt, found in zip(known, outcome.again, strict=True) if wanted(prompt)],
    )


def _varied(outcome: Outcome) -> Told:
    """The floor is the same picture again and again."""
    pictures = len(outcome.drawn[0])
    truths, agains = (
        [found[start : start + pictures] for start in range(0, len(found), pictures)]
        for found in (outcome.truth, outcome.again)
    )
    return Told(
        [measures.variety(row) for row in outcome.drawn],
        [measures.variety(row) for row in truths],
        [measures.variety(row) for row in agains],
        [measures.variety(row[:1] * pictures) for row in outcome.drawn],
        sum(map(len, outcome.drawn)),
    )


def reconstructed(tokenizer: Tokenizer, image_BCHW: Tensor) -> Tensor:
    return tokenizer.to_image(tokenizer.to_codes(image_BCHW))


def commit() -> str | None:
    """The commit of this code, where git can tell."""
    try:
        told = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip()
