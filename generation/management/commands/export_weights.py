"""./manage.py export_weights: from the newest checkpoints to weights that serve, with a contact sheet."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.serving.engine import Engine
from generation.serving.showcase import contact_sheet
from generation.training import tokenizer
from generation.training.export import NotTrained, export
from generation.training.recipes import RECIPES


class Command(BaseCommand):
    help = "Export the trained tokenizer and transformer to the folder that the worker loads."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--recipe", choices=tuple(RECIPES), default="cpu")
        parser.add_argument("--name", default="aurora-2-cpu", help="the model's name in galleries and on workers")
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "generation/aurora/weights")

    def handle(self, *args: Any, **options: Any) -> None:
        runs, out = settings.AURORA_VAR / "training", options["out"]
        try:
            export(
                tokenizer_folder=runs / f"tokenizer-{options['recipe']}",
                tokenizer_config=tokenizer.RECIPES[options["recipe"]].config,
                transformer_folder=runs / f"transformer-{options['recipe']}",
                recipe=RECIPES[options["recipe"]],
                out=out,
                name=options["name"],
            )
        except NotTrained as error:
            raise CommandError(str(error)) from error
        contact_sheet(Engine.load(out, built=settings.AURORA_FUSED), out / "contact-sheet.webp")
        self.stdout.write(f"Wrote {out}")
