"""./manage.py draw_showcase: draw the wall of pictures that visitors see, with the weights as they are."""

import io
import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from PIL import Image

from generation.serving.engine import Engine, WeightsError
from generation.serving.showcase import WALL, draw

SIDE = 512
FIRST_SEED = 1


class Command(BaseCommand):
    help = "Draw one picture of each showcase prompt, one after the other, none picked, into static/showcase."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--machine", default=f"{os.cpu_count()} CPU cores", help="what it runs on, in words")
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "static" / "showcase")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        out.mkdir(parents=True, exist_ok=True)
        try:
            engine = Engine.load(settings.AURORA_WEIGHTS, built=settings.AURORA_FUSED)
        except WeightsError as error:
            raise CommandError(str(error)) from error
        draw(engine, WALL[0], seeds=(FIRST_SEED,), side=SIDE)  # The first one warms up and would be timed too long.
        entries = [self._entry(engine, out, number, prompt) for number, prompt in enumerate(WALL)]
        listed = {"model": engine.name, "machine": options["machine"], "pictures": entries}
        (out / "showcase.json").write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n")

    def _entry(self, engine: Engine, out: Path, number: int, prompt: str) -> dict[str, Any]:
        seed = FIRST_SEED + number
        (picture,) = draw(engine, prompt, seeds=(seed,), side=SIDE)
        name = f"{number + 1:02}.webp"
        Image.open(io.BytesIO(picture.png)).save(out / name, "WEBP", quality=88, method=6)
        self.stdout.write(f"{name}  seed {seed}  {picture.seconds:.2f} s  {prompt}")
        facts = {"file": name, "prompt": prompt, "seed": seed, "seconds": round(picture.seconds, 2)}
        return facts | {"width": SIDE, "height": SIDE}
