"""Train the evaluators: on renders and on what the tokenizer makes of them, never on anything the model drew."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.tokenizer import Tokenizer
from generation.evaluation import lessons, weights
from generation.evaluation.detector import Answers
from generation.evaluation.exam import Exam
from generation.evaluation.glyphs import Reader
from generation.evaluation.lessons import NOTHING, Lesson
from generation.training import distributed, optimizer
from generation.training.run import REPORT_STEPS, Run
from generation.training.saved import load_served
from generation.world.words import SCRIPTS

EXAM_STEPS = 500
PAUSES = (2, 4)  # steps after which new scenes, new pages are rendered
Render = Callable[[int, int, Reader], Lesson]


@dataclass
class Bank:
    """Rendered lessons that are learned from several times, with new blemishes each time; the oldest go."""

    render: Render
    tokenizer: Tokenizer
    seed: int  # of the next scene
    most: int
    kept: list[Lesson] = field(default_factory=list)

    def grow(self, count: int, reader: Reader) -> None:
        """Add so many; a third of them as the tokenizer gives them back."""
        fresh = self.render(self.seed, count, reader)
        third = max(count // 3, 1)
        again = lessons.through(self.tokenizer, lessons.join([fresh.at(number) for number in range(third)]))
        self.kept += [again.at(number) for number in range(third)]
        self.kept += [fresh.at(number) for number in range(third, count)]
        self.kept = self.kept[-self.most :]
        self.seed += count

    def sample(self, count: int, rng: random.Random) -> Lesson:
        return lessons.join(rng.sample(self.kept, count))


def train_evaluators(
    folder: Path,
    minutes: float,
    resume: bool,
    tokenizer: Tokenizer,
    out: Path,
    *,
    scenes: int = 12,
    pages: int = 4,
    most_steps: int | None = None,
) -> None:
    """One cycle of learning in `folder`; the weights that serve go to `out`. Pictures a step: `scenes` and `pages`."""
    torch.manual_seed(0)
    place = distributed.device()
    model = weights.fresh().to(place)
    run = Run(folder, minutes, model, optimizer.build(model, muon_lr=0.02, adam_lr=2e-3), most_steps, decay=0.4)
    if resume:
        run.resume()
    seed = lessons.FIRST_SEED + run.step * 10
    banks = (
        Bank(lessons.scene_lessons, tokenizer.to(place), seed, 3000),
        Bank(lessons.page_lessons, tokenizer, seed + 400_000_000, 1000),
    )
    for bank, count in zip(banks, (scenes, pages), strict=True):
        bank.grow(count * 8, model.reader)
    rng = random.Random(run.step)
    exam = Exam(model.reader, tokenizer)
    for step in run.steps():
        for bank, pause in zip(banks, PAUSES, strict=True):
            if step % pause == 0:
                bank.grow(3, model.reader)
        learned = partial(_learn, model.train(), banks[0].sample(scenes, rng), banks[1].sample(pages, rng))
        figures = run.counted(learned)
        run.update()
        if step % REPORT_STEPS == 0:
            run.report(**figures, **run.pace("pictures_s", scenes + pages))
        if step % EXAM_STEPS == EXAM_STEPS - 1:
            _sit(run, exam)
    _sit(run, exam)
    _export(run.checkpoint, exam, out)


def _sit(run: Run, exam: Exam) -> None:
    model = _with(run.ema)
    found = exam.sit(model)
    run.report(**found.facts())
    run.offer(-found.worst, "worst of the exam")


def _export(checkpoint: Path, exam: Exam, out: Path) -> None:
    served = load_served(checkpoint)
    model = _with(served["weights"])
    found = exam.sit(model)
    facts = {"seed": lessons.FIRST_SEED, "steps": served["step"], "minutes": round(served["trained_seconds"] / 60, 1)}
    weights.save(model.cpu(), out, threshold=found.threshold, facts=facts | found.facts())


def _with(state: dict[str, Tensor]) -> weights.Evaluators:
    model = weights.fresh().to(distributed.device())
    model.load_state_dict(state)
    return model


def _learn(model: weights.Evaluators, scenes: Lesson, pages: Lesson) -> dict[str, float]:
    """Leave gradients of both nets."""
    device = next(model.parameters()).device
    objects, things = detector_loss(model.detector(lessons.blemished(scenes.image).to(device)), scenes)
    letters = reader_loss(model.reader, model.reader(lessons.blemished(pages.image).to(device)), pages)
    (objects + letters).backward()
    return {"loss": round(objects.item(), 3), "thing": round(things.item(), 3), "letter": round(letters.item(), 3)}


def detector_loss(answers: Answers, lesson: Lesson) -> tuple[Tensor, Tensor]:
    """The sum of all questions, and the part that asks which thing."""
    device = answers.centre_BRS.device
    thing, colour = lesson.thing.to(device), lesson.colour.to(device)
    there = thing != NOTHING
    count = there.sum().clamp(min=1)
    near = F.max_pool2d(there[:, None].float(), 3, 1, padding=1)[:, 0] > 0
    wrong = torch.where(there, 1 - answers.centre_BRS.sigmoid(), answers.centre_BRS.sigmoid()).detach()
    centre = F.binary_cross_entropy_with_logits(answers.centre_BRS, there.float(), reduction="none")
    centre = (centre * wrong.square() * (there | ~near)).sum() / count  # focal; beside a centre any answer will do
    things = F.cross_entropy(answers.thing_BTRS, thing, ignore_index=NOTHING, reduction="sum") / count
    colours = F.cross_entropy(answers.colour_BCRS, colour, ignore_index=NOTHING, reduction="sum") / count
    side = ((answers.side_BRS - lesson.side.to(device)).abs() * there).sum() / count
    hidden = F.binary_cross_entropy_with_logits(answers.hidden_BRS, lesson.hidden.to(device), reduction="none")
    style = F.cross_entropy(answers.style_BN, lesson.style.to(device))
    total = centre + things + colours + 0.5 * side + 0.5 * (hidden * there).sum() / count + style
    return total, things


def reader_loss(reader: Reader, logits: Tensor, lesson: Lesson) -> Tensor:
    """Letters against the others of their alphabet and none; letters are few, so slots without one count less."""
    total, count = logits.new_zeros(()), 0
    rows = logits.permute(0, 2, 3, 1)
    for script in lesson.script.unique().tolist():
        chosen = lesson.script == script
        of_script = reader.of_script(rows[chosen.to(rows.device)], SCRIPTS[script])
        letter = lesson.letter[chosen].to(rows.device)
        loss = F.cross_entropy(of_script.flatten(0, 2), letter.flatten(), reduction="none")
        weight = torch.where(letter.flatten() > 0, 1.0, 0.3)
        total, count = total + (loss * weight).sum(), count + int((letter > 0).sum())
    return total / max(count, 1)
