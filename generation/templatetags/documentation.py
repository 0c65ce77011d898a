"""Shows code in the documentation: files of templates/docs/code, with this site's address in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join

register = template.Library()

FOLDER = Path(settings.BASE_DIR, "templates", "docs", "code")
LANGUAGES = {"sh": "curl", "py": "Python", "mjs": "Node", "txt": "Events", "json": "JSON", "jsonl": "JSONL"}
ADDRESS = "https://aurora.example"


@dataclass(frozen=True)
class Block:
    """A piece of code; the name of its file lets tests take it from the page and run it."""

    name: str
    language: str
    text: str


@register.inclusion_tag("docs/parts/code.html")
def code(name: str) -> dict[str, Any]:
    """The files of this name, in the order of LANGUAGES."""
    files = [FOLDER / f"{name}.{ending}" for ending in LANGUAGES]
    return {"blocks": [_block(file) for file in files if file.exists()]}


def _block(file: Path) -> Block:
    text = file.read_text().rstrip("\n").replace(ADDRESS, settings.BASE_URL)
    return Block(file.name, LANGUAGES[file.suffix[1:]], text)


@register.filter
def ticks(words: str) -> str:
    """Words with what stands between backticks as code."""
    parts = (
        part if place % 2 == 0 else format_html("<code>{}</code>", part) for place, part in enumerate(words.split("`"))
    )
    return format_html_join("", "{}", ((part,) for part in parts))
