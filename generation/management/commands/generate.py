"""./manage.py generate "PROMPT": draw with the loaded weights, without any server."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation import catalog
from generation.services import order
from generation.serving.model import DrawRequest, ImageModel, ModelError, PictureDrawn, TooLarge
from generation.serving.models import load_model


class Command(BaseCommand):
    help = "Draw pictures of a prompt into a folder. Needs no database, no Valkey and no running site."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prompt")
        parser.add_argument("--mode", default="speed", help=f"one of {', '.join(catalog.MODES)}")
        parser.add_argument("--n", help="number of pictures, 1 to 10; each mode has its default")
        parser.add_argument("--size", help="such as 512x512")
        parser.add_argument("--seed", help="of the first picture; the next ones count up")
        parser.add_argument("--out", type=Path, default=Path(), help="folder for the pictures")
        parser.add_argument("--json", action="store_true", help="one JSON object a picture on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = self._order(options)
        out: Path = options["out"]
        try:
            out.mkdir(parents=True, exist_ok=True)
            engine = load_model(settings.AURORA_MODEL)
            for picture in _pictures(engine, wanted):
                self._report(picture, _write(out, picture), wanted, as_json=options["json"])
        except (ModelError, TooLarge) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"The pictures cannot be written to {out}: {error.strerror}. Choose another --out."
            ) from error

    def _order(self, options: dict[str, Any]) -> order.Order:
        mode = catalog.MODES.get(options["mode"])
        count = options["n"] or (mode.default_n if mode else None)
        try:
            return order.read(
                source="api",
                prompt=options["prompt"],
                mode=options["mode"],
                n=count,
                size=options["size"],
                seed=options["seed"],
            )
        except order.Invalid as error:
            raise CommandError(
                " ".join(f"{field}: {message}" for field, (_, message) in error.errors.items())
            ) from error

    def _report(self, picture: PictureDrawn, path: Path, wanted: order.Order, *, as_json: bool) -> None:
        facts = {
            "path": str(path),
            "seed": picture.seed,
            "size": str(wanted.size),
            "seconds": picture.seconds,
            "positions": picture.positions,
        }
        line = f"{path}  seed {picture.seed}  {wanted.size}  {picture.seconds:.2f} s"
        self.stdout.write(json.dumps(facts) if as_json else line)


def _pictures(engine: ImageModel, wanted: order.Order) -> Iterator[PictureDrawn]:
    request = DrawRequest(
        prompt=wanted.prompt,
        mode=wanted.mode.name,
        width=wanted.size.width,
        height=wanted.size.height,
        seeds=tuple(catalog.seed_of(wanted.seed, index) for index in range(wanted.n)),
        previews=False,
    )
    events = engine.draw(request, should_stop=lambda: False)
    yield from (event for event in events if isinstance(event, PictureDrawn))


def _write(out: Path, picture: PictureDrawn) -> Path:
    """Beside first, then renamed: a full disk leaves no half picture."""
    path = out / f"aurora-{picture.seed}.png"
    fresh = path.with_suffix(".part")
    try:
        fresh.write_bytes(picture.png)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return path
