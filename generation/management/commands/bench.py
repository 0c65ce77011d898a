"""./manage.py bench: how fast this machine draws with the loaded weights, beside transformers with the same ones."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.serving.bench import TARGETS, Bench, flat
from generation.serving.engine import WeightsError
from generation.serving.plot import draw_bench


class Command(BaseCommand):
    help = "Measure the engine side by side with transformers: medians, taken in turn. Needs requirements-janus.txt."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", type=Path, help="write the figures to this file too")
        parser.add_argument("--plot", type=Path, help="draw positions a second into this PNG")
        parser.add_argument("--repeats", type=int, default=5)

    def handle(self, *args: Any, **options: Any) -> None:
        report: dict[str, Any] = {}
        try:
            bench = Bench(settings.AURORA_WEIGHTS, settings.AURORA_FUSED, repeats=options["repeats"])
            for part, figures in bench.run():
                report[part] = figures
                self._show(part, figures)
        except WeightsError as error:
            raise CommandError(str(error)) from error
        except ImportError as error:
            raise CommandError(f"{error}: pip install -r requirements-janus.txt") from error
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=2) + "\n")
        if options["plot"]:
            draw_bench(report, options["plot"])

    def _show(self, part: str, figures: Any) -> None:
        for name, value in flat({part: figures}).items():
            target = TARGETS.get(name)
            beside = f"   aim {'>=' if part.startswith('speedup') else '<='} {target:g}" if target else ""
            self.stdout.write(f"{name:<40}{value!s:>28}{beside}")
