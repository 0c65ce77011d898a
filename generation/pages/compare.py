"""`/compare`: what was measured here and what others publish, side by side; nothing that is neither."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import prices
from generation import catalog
from generation.pages import showcase, words

Basis = Literal["measured", "published", "unknown"]
WEIGHTS = Path(__file__).parents[1] / "aurora" / "weights"

XAI_NEWS = ("xAI, Grok Image Generation Release", "https://x.ai/news/grok-image-generation-release")
OPENAI_MINI = ("OpenAI, GPT Image 1 mini", "https://developers.openai.com/api/docs/models/gpt-image-1-mini")
BENCH = ("AuroraBench, shipped beside the weights", "")


@dataclass(frozen=True)
class Said:
    """What is said in one cell, and what it rests on."""

    text: str
    basis: Basis
    source: str = ""
    url: str = ""


@dataclass(frozen=True)
class Row:
    what: str
    here: Said
    grok: Said
    openai: Said


@dataclass(frozen=True)
class Score:
    """A measure of the shipped model, with the range that it lies in and what a perfect drawing would get."""

    what: str
    value: str
    between: str
    ceiling: str
    pictures: int


UNKNOWN = Said("Unknown", "unknown")
SCORES = {
    "geneval.seen.overall": "Pictures that show exactly what was asked",
    "geneval.heldout.overall": "The same, for combinations that training never showed",
    "style.seen": "The thing is there, in the style that was asked for",
    "text.latin.exact": "Words written without a mistake, Latin",
    "text.hangul.exact": "Words written without a mistake, Hangul",
    "long_prompt.recall_12": "Things drawn of twelve, named in 1,000 characters",
}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    context = {"rows": _rows(), "scores": _scores(), "model": _weights("model.json")["name"]}
    return render(request, "pages/compare.html", context)


def _rows() -> list[Row]:
    model = _weights("model.json")["parameters"]
    million = {name: f"{number / 1e6:.1f} million" for name, number in model.items()}
    largest = max(
        (size for mode in catalog.MODES.values() for size in mode.sizes), key=lambda one: one.width * one.height
    )
    price = words.dollars(prices.listed()["quality"])
    return [
        Row("How it draws", _ours("One token after the other, a mixture of experts"),
            _grok("One token after the other, a mixture of experts"), UNKNOWN),
        Row("A picture through the API", _ours(price), UNKNOWN, _openai("$0.005 to $0.036 at 1024 × 1024, by quality")),
        Row("Largest picture", _ours(words.size(largest)), UNKNOWN, _openai("1536 × 1024, of those with a price")),
        Row("Starts from a picture of yours", _ours("Yes: edits and variations"), _grok("Yes"), _openai("Yes")),
        Row("Parameters", Said(f"{million['transformer']}, {million['transformer_active']} active", "measured", *BENCH),
            UNKNOWN, UNKNOWN),
        Row("Open weights", _ours("Yes, shipped with the code"), UNKNOWN, UNKNOWN),
        Row("Runs on a machine of your own", _ours("Yes"), UNKNOWN, UNKNOWN),
        Row("Content credentials in each file", _ours("Yes, in every format"), UNKNOWN, UNKNOWN),
        Row("Time for a picture", _time(), UNKNOWN, UNKNOWN),
    ]  # fmt: skip


def _ours(text: str) -> Said:
    """What this site does, by its own tests and price list."""
    return Said(text, "measured", "This site")


def _grok(text: str) -> Said:
    return Said(text, "published", *XAI_NEWS)


def _openai(text: str) -> Said:
    return Said(text, "published", *OPENAI_MINI)


def _time() -> Said:
    """The median of the wall on the front page."""
    wall = sorted(showcase.pictures(), key=lambda one: one.drawn_in)
    if not wall:
        return UNKNOWN
    middle = wall[len(wall) // 2]
    return Said(f"{middle.seconds} at {middle.width} × {middle.height}", "measured", f"On {showcase.machine()}")


def _scores() -> list[Score]:
    bench = _weights("aurorabench.json")
    found = [(what, _at(bench, name)) for name, what in SCORES.items()]
    return [
        Score(what, _share(one["value"]), " to ".join(map(_share, one["ci95"])), _share(one["ceiling"]), one["n"])
        for what, one in found
        if one
    ]


def _at(bench: dict[str, Any], name: str) -> dict[str, Any]:
    found: Any = bench
    for part in name.split("."):
        found = found.get(part, {})
    return dict(found)


def _share(value: float) -> str:
    return f"{value:.0%}"


@cache
def _weights(name: str) -> dict[str, Any]:
    return dict(json.loads((WEIGHTS / name).read_text()))
