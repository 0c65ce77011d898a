"""./manage.py train tokenizer|decoder|transformer|evaluators: one cycle of learning, from nothing or a checkpoint."""

import math
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.aurora.checkpoint import WeightsError
from generation.training import distributed, parts
from generation.training.data import BadData
from generation.training.export import NotTrained
from generation.training.recipes import RECIPES
from generation.world.sprites import FontMissing

MINUTES = {"cpu": 60.0, "gpu": 9.0}  # GPUs are often lent for minutes


class Command(BaseCommand):
    help = (
        "Train a part of the model. Checkpoints, log.jsonl, curve.png and sheet.png lie in "
        "AURORA_VAR/training/PART-RECIPE. Ctrl-C stops with a checkpoint. Several GPUs: torchrun --nproc-per-node N "
        "manage.py train ... A machine lent for minutes: --decay 0 in all calls but the last."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=parts.PARTS, help="the tokenizer comes first; decoder keeps its codes")
        parser.add_argument("--recipe", choices=tuple(RECIPES), default="cpu")
        parser.add_argument("--minutes", type=float, help="length of this cycle; 60, or 9 with the gpu recipe")
        parser.add_argument(
            "--resume", action="store_true", help="go on from the newest checkpoint, or from the weights that serve"
        )
        parser.add_argument(
            "--decay", type=float, default=0.3, help="share of the cycle in which the rate falls to zero, 0 to 1"
        )
        parser.add_argument(
            "--data", type=Path, help="own pictures: a folder of x.jpg and x.txt, a .tar, or a folder of .tar shards"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        minutes = MINUTES.get(options["recipe"], 60.0) if options["minutes"] is None else options["minutes"]
        if not 0 < minutes < math.inf:
            raise CommandError("--minutes must be more than 0.")
        if not 0 <= options["decay"] <= 1:
            raise CommandError("--decay is a share of the cycle, from 0 to 1.")
        cycle = parts.Cycle(options["recipe"], minutes, options["decay"], options["resume"], options["data"])
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # stops as Ctrl-C does, with a checkpoint
        try:
            with distributed.start():
                parts.train(
                    options["part"],
                    cycle,
                    runs=settings.AURORA_VAR / "training",
                    evaluators=settings.BASE_DIR / "generation/evaluation/weights",
                    weights=settings.AURORA_WEIGHTS,
                )
        except (NotTrained, FontMissing, FloatingPointError, parts.RunExists, BadData, WeightsError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopped; the checkpoint is written. Go on with --resume.")
