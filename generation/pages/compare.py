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

# As read in November 2026.
ON_AURORA = (
    "Roy Factory on xAI’s announcement",
    "https://royfactory.net/posts/ai/202512/xai-aurora-image-generator-robotics",
)
ON_API = (
    "LGTM on xAI’s API reference",
    "https://thelgtm.dev/xais-image-api-refresh-says-grok-wants-to-be-in-the-creative-toolchain-not-just-the-chat-window/",
)
OPENAI_MINI = ("OpenAI’s model page", "https://developers.openai.com/de-DE/api/docs/models/gpt-image-1-mini")
OURS = ("This site’s documentation", "/docs/")


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
    sizes = [size for mode in catalog.MODES.values() for size in mode.sizes]
    largest = max(sizes, key=lambda size: size.width * size.height)
    price = words.dollars(prices.listed()["quality"])
    weighed = f"{million['transformer']}, of which {million['transformer_active']} work on a token"
    mixture = "One token after the other, by a mixture of experts"
    return [
        Row("How it draws", _ours(mixture), _said(mixture, ON_AURORA), UNKNOWN),
        Row("A picture through the API", Said(price, "published", "This site’s prices", "/plans"),
            Said("Unknown: what is published differs", "unknown"),
            _said("$0.005 to $0.036 at 1024 × 1024, by quality", OPENAI_MINI)),
        Row("Largest picture", _ours(words.size(largest)), _said("“2k”", ON_API), _said("1536 × 1024", OPENAI_MINI)),
        Row("Starts from a picture of yours", _ours("Yes"), _said("Yes", ON_API), _said("Yes", OPENAI_MINI)),
        Row("Time for a picture", _time(), UNKNOWN, UNKNOWN),
        Row("Parameters", Said(weighed, "measured", "Counted in the weights"), UNKNOWN, UNKNOWN),
        Row("Weights you can download", _ours("Yes, they come with the code"), UNKNOWN, UNKNOWN),
        Row("Content credentials in each file", Said("Yes", "measured", "Check one", "/verify"), UNKNOWN, UNKNOWN),
    ]  # fmt: skip


def _ours(text: str) -> Said:
    return _said(text, OURS)


def _said(text: str, source: tuple[str, str]) -> Said:
    return Said(text, "published", *source)


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
