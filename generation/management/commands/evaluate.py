"""./manage.py evaluate: how well the loaded weights do what prompts say, with ceilings and floors beside each score."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation import catalog
from generation.evaluation import report, weights
from generation.evaluation.bench import Bench, Subject
from generation.evaluation.judge import Judge
from generation.evaluation.outside import BadSuite, read_suite
from generation.serving.engine import Engine, WeightsError
from generation.serving.model import DrawRequest, PictureDrawn
from generation.world.sprites import FontMissing

SIDE = 256  # pixels; judges see pictures at this size
MODES = [name for name, mode in catalog.MODES.items() if mode.size(f"{SIDE}x{SIDE}")]


class Command(BaseCommand):
    help = (
        "Run AuroraBench on the loaded weights: GenEval's tasks, text, long prompts, styles, reconstruction, variety. "
        "Some 15 minutes on two cores with the default --images. Needs the Noto fonts; uses tesseract if it is there."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--suite", type=Path, help="own prompts instead: one JSON object a line, as GenEval has it")
        parser.add_argument(
            "--images", type=int, help="pictures a task, four a prompt; 64, or all prompts with --suite"
        )
        parser.add_argument("--out", type=Path, help="write the scores to this file as JSON")
        parser.add_argument("--seed", type=int, default=0, help="of prompts and pictures")
        parser.add_argument("--mode", choices=MODES, default="quality")
        parser.add_argument(
            "--card", type=Path, help=f"put the table into this file between {report.BEGIN} and its end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        images = 64 if options["images"] is None else options["images"]
        if images < 4:
            raise CommandError("--images must be at least 4.")
        if options["seed"] < 0:
            raise CommandError("--seed must be 0 or more.")
        try:
            prompts = read_suite(options["suite"], options["seed"]) if options["suite"] else None
            if prompts and options["images"] is None:
                images = 4 * len(prompts)
            judge = Judge(weights.load())
            bench = Bench(_subject(options["mode"]), judge, images, options["seed"])
            self._tell(bench.run_outside(prompts) if prompts else bench.run(), options)
        except (BadSuite, FontMissing, WeightsError, weights.NoEvaluators, report.NoPlace) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot read or write {error.filename}: {error.strerror}.") from error

    def _tell(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        """What was measured for minutes is on the screen before a file can fail."""
        self.stdout.write(report.table(result))
        if options["out"]:
            options["out"].write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if options["card"]:
            report.write_card(options["card"], result)


def _subject(mode: str) -> Subject:
    engine = Engine.load(settings.AURORA_WEIGHTS, built=settings.AURORA_FUSED)

    def draw(prompt: str, seeds: tuple[int, ...]) -> list[bytes]:
        request = DrawRequest(prompt, mode, SIDE, SIDE, seeds, previews=False)
        events = engine.draw(request, should_stop=lambda: False)
        pictures = [event for event in events if isinstance(event, PictureDrawn)]
        return [picture.png for picture in sorted(pictures, key=lambda picture: picture.index)]

    return Subject(engine.name, draw, engine.tokenizer)
