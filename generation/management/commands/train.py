"""./manage.py train tokenizer|decoder|transformer: one cycle of learning, from nothing or a checkpoint."""

import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.training import tokenizer, transformer
from generation.training.export import NotTrained, load_tokenizer
from generation.world.sprites import FontMissing

PARTS = ("tokenizer", "decoder", "transformer")


class Command(BaseCommand):
    help = "Train a part of the model. Checkpoints, log.jsonl and sheet.png lie in AURORA_VAR/training/PART-RECIPE."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=PARTS, help="the tokenizer comes first; decoder keeps its codes")
        parser.add_argument("--recipe", choices=tuple(tokenizer.RECIPES), default="cpu")
        parser.add_argument(
            "--minutes", type=float, default=60, help="length of this cycle: warm-up, stable rate, decay"
        )
        parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["minutes"] <= 0:
            raise CommandError("--minutes must be more than 0.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # stops as Ctrl-C does, with a checkpoint
        try:
            _train(options["part"], options["recipe"], options["minutes"], resume=options["resume"])
        except (NotTrained, FontMissing) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopped; the checkpoint is written. Go on with --resume.")


def _train(part: str, recipe: str, minutes: float, *, resume: bool) -> None:
    runs = settings.AURORA_VAR / "training"
    coder, body = runs / f"tokenizer-{recipe}", runs / f"transformer-{recipe}"
    if part == "decoder":
        load_tokenizer(coder)  # says so when there is nothing to go on from
        chosen = tokenizer.RECIPES[recipe]
        tokenizer.train(folder=coder, recipe=chosen, minutes=minutes, resume=True, decoder_only=True)
    elif part == "tokenizer":
        _keep(coder, resume)
        tokenizer.train(folder=coder, recipe=tokenizer.RECIPES[recipe], minutes=minutes, resume=resume)
    else:
        _keep(body, resume)
        trained, _ = load_tokenizer(coder)
        chosen_body = transformer.RECIPES[recipe]
        transformer.train(folder=body, recipe=chosen_body, tokenizer=trained, minutes=minutes, resume=resume)


def _keep(folder: Path, resume: bool) -> None:
    """Hours of training are not overwritten by a forgotten flag."""
    if not resume and (folder / "checkpoint.pt").exists():
        raise CommandError(f"{folder} holds a run already: add --resume to go on with it, or move it away.")
