"""./manage.py bench: how fast this machine draws with the loaded weights."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.serving.bench import measure
from generation.serving.engine import Engine, WeightsError


class Command(BaseCommand):
    help = "Measure the engine: time to the first row, seconds a picture, positions a second. Medians."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", type=Path, help="write the figures to this file too")
        parser.add_argument("--repeats", type=int, default=5)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            figures = measure(Engine.load(settings.AURORA_WEIGHTS), repeats=options["repeats"])
        except WeightsError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{'pictures at once':<18}{'first row':>10}{'all':>9}{'positions/s':>13}{'pixels':>8}")
        for count, row in figures["pictures"].items():
            self.stdout.write(
                f"{count:<18}{row['first_row_s']:>9.2f}s{row['total_s']:>8.2f}s"
                f"{row['positions_s']:>13.1f}{row['pixels_share']:>8.0%}"
            )
        if options["json"]:
            options["json"].write_text(json.dumps(figures, indent=2) + "\n")
