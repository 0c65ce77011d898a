"""How well the evaluators do where the truth is known: on renders, and on what the tokenizer makes of them."""

from dataclasses import asdict, dataclass

import torch

from generation.aurora.tokenizer import Tokenizer
from generation.evaluation import lessons
from generation.evaluation.detector import Answers
from generation.evaluation.glyphs import Reader
from generation.evaluation.lessons import NOTHING, Lesson
from generation.evaluation.weights import Evaluators
from generation.world.words import SCRIPTS

SEED = lessons.FIRST_SEED + 900_000_000  # scenes from this seed on are only for exams
N_SCENES, N_PAGES = 96, 16
THRESHOLDS = tuple(number / 20 for number in range(2, 17))


@dataclass(frozen=True)
class Result:
    """F1 of (place, thing), share of right colours among those found, share of right letters and of right styles.

    Each for renders and, with `_again`, through the tokenizer.
    """

    threshold: float
    f1: float
    colour: float
    letter: float
    style: float
    f1_again: float
    colour_again: float
    letter_again: float

    @property
    def worst(self) -> float:
        return min(self.f1, self.colour, self.letter)

    def facts(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


class Exam:
    """The same questions each time: rendered once."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer) -> None:
        self.scenes = lessons.scene_lessons(SEED, N_SCENES, reader)
        self.pages = lessons.page_lessons(SEED + N_SCENES, N_PAGES, reader)
        self.scenes_again = lessons.through(tokenizer, self.scenes)
        self.pages_again = lessons.through(tokenizer, self.pages)

    @torch.inference_mode()
    def sit(self, model: Evaluators) -> Result:
        model = model.eval()
        scenes = self.scenes
        answers, again = _look(model, scenes), _look(model, self.scenes_again)
        threshold = max(THRESHOLDS, key=lambda at: _f1(answers, scenes, at) + _f1(again, scenes, at))
        return Result(
            threshold,
            _f1(answers, scenes, threshold),
            _colour(answers, scenes),
            _letter(model, self.pages),
            float((answers.style_BN.argmax(1) == scenes.style).float().mean()),
            _f1(again, scenes, threshold),
            _colour(again, scenes),
            _letter(model, self.pages_again),
        )


def _look(model: Evaluators, lesson: Lesson) -> Answers:
    """In parts, as all pictures at once would need much memory."""
    device = next(model.parameters()).device
    parts = [vars(model.detector(image.to(device).float() / 255)) for image in lesson.image.split(16)]
    return Answers(**{name: torch.cat([part[name] for part in parts]).cpu() for name in parts[0]})


def _f1(answers: Answers, lesson: Lesson, threshold: float) -> float:
    """Of objects named right at the right place, by the rule that `Detector.seen` follows."""
    sure = answers.centre_BRS.sigmoid() * answers.thing_BTRS.softmax(1).amax(1)
    peak = (sure == torch.nn.functional.max_pool2d(sure[:, None], 3, 1, padding=1)[:, 0]) & (sure > threshold)
    right = (peak & (answers.thing_BTRS.argmax(1) == lesson.thing)).sum()
    return float(2 * right / (peak.sum() + (lesson.thing != NOTHING).sum()).clamp(min=1))


def _colour(answers: Answers, lesson: Lesson) -> float:
    told = lesson.colour != NOTHING
    return float((answers.colour_BCRS.argmax(1) == lesson.colour)[told].float().mean())


def _letter(model: Evaluators, lesson: Lesson) -> float:
    """Of slots that hold a letter or are taken for one."""
    device = next(model.parameters()).device
    logits = model.reader(lesson.image.to(device).float() / 255).permute(0, 2, 3, 1).cpu()
    right, asked = 0, 0
    for rows, letter, script in zip(logits, lesson.letter, lesson.script.tolist(), strict=True):
        read = model.reader.of_script(rows, SCRIPTS[script]).argmax(-1)
        matter = (letter > 0) | (read > 0)
        right, asked = right + int((read == letter)[matter].sum()), asked + int(matter.sum())
    return right / max(asked, 1)
