"""Pictures for visitors: drawn by the shipped model and kept in static/showcase with a list of what made them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from generation.pages import words

LIST = "showcase/showcase.json"


@dataclass(frozen=True)
class Shown:
    """One picture of the wall."""

    url: str
    prompt: str
    seed: int
    seconds: str
    drawn_in: float
    width: int
    height: int


def pictures() -> list[Shown]:
    """The wall, in the order in which it was drawn; empty where no pictures were shipped."""
    return [_shown(entry) for entry in _read().get("pictures", [])]


def machine() -> str:
    """What the pictures were drawn on, in words."""
    return str(_read().get("machine", ""))


@cache
def _read() -> dict[str, Any]:
    found = finders.find(LIST)
    return json.loads(Path(found).read_text()) if isinstance(found, str) else {}


def _shown(entry: dict[str, Any]) -> Shown:
    return Shown(
        url=static(f"showcase/{entry['file']}"),
        prompt=entry["prompt"],
        seed=entry["seed"],
        seconds=words.seconds(entry["seconds"]),
        drawn_in=entry["seconds"],
        width=entry["width"],
        height=entry["height"],
    )
