"""./manage.py train tokenizer|transformer: one cycle of learning, from nothing or from the newest checkpoint."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.training import tokenizer, transformer
from generation.training.export import NotTrained, load_tokenizer
from generation.world.sprites import FontMissing


class Command(BaseCommand):
    help = "Train a part of the model. Checkpoints, log.jsonl and sheet.png lie in AURORA_VAR/training/PART-RECIPE."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=("tokenizer", "transformer"), help="the tokenizer comes first")
        parser.add_argument("--recipe", choices=tuple(tokenizer.RECIPES), default="cpu")
        parser.add_argument("--minutes", type=float, default=60, help="length of this cycle: warm-up, stable rate, decay")
        parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        recipe, minutes, resume = options["recipe"], options["minutes"], options["resume"]
        if minutes <= 0:
            raise CommandError("--minutes must be more than 0.")
        folder = settings.AURORA_VAR / "training" / f"{options['part']}-{recipe}"
        if not resume and (folder / "checkpoint.pt").exists():
            raise CommandError(f"{folder} holds a run already: add --resume to go on with it, or move it away.")
        try:
            if options["part"] == "tokenizer":
                tokenizer.train(folder=folder, recipe=tokenizer.RECIPES[recipe], minutes=minutes, resume=resume)
            else:
                trained, _ = load_tokenizer(settings.AURORA_VAR / "training" / f"tokenizer-{recipe}")
                transformer.train(
                    folder=folder,
                    recipe=transformer.RECIPES[recipe],
                    tokenizer=trained,
                    minutes=minutes,
                    resume=resume,
                )
        except (NotTrained, FontMissing) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopped; the checkpoint is written. Go on with --resume.")
