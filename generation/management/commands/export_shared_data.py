"""./manage.py export_shared_data: what workspaces share, as a data set for training."""

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.services import data_set


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2026-11-25.") from error


class Command(BaseCommand):
    help = (
        "Write the pictures that workspaces share, with prompt, mode, size, seed and model and without names, into a"
        " folder. Run it again to go on, and to take out what was taken back since."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
        parser.add_argument("--since", type=_day, metavar="DATE", help="only pictures from this day (UTC) on")

    def handle(self, *args: Any, out: Path, since: datetime | None, **options: Any) -> None:
        try:
            written = data_set.write(folder=out, since=since)
        except (OSError, ValueError) as error:
            raise CommandError(f"{out}: {error}") from error
        self.stdout.write(f"{written}.")
