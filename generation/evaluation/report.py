"""Scores for people: a table for the terminal, and the same as Markdown in a model card."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- aurorabench -->", "<!-- /aurorabench -->"
HEADS = ("score", "value", "95 %", "ceiling", "through tokenizer", "floor", "pictures")


class NoPlace(Exception):
    """A card has no place for the table; the sentence says how to make one."""


def rows(result: dict[str, Any], path: str = "") -> Iterator[tuple[str, ...]]:
    """One a score, in the order of the result."""
    for key, value in result.items():
        if isinstance(value, dict) and "ci95" in value:
            low, high = value["ci95"]
            beside = (_told(value[name]) for name in ("ceiling", "ceiling_tokenizer", "floor"))
            yield path + key, _told(value["value"]), f"{_told(low)} to {_told(high)}", *beside, str(value["n"])
        elif isinstance(value, dict):
            yield from rows(value, f"{path}{key}.")


def _told(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def table(result: dict[str, Any]) -> str:
    lines = [HEADS, *rows(result)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def markdown(result: dict[str, Any]) -> str:
    """The table with what it rests on."""
    commit = (result["commit"] or "unknown")[:12]
    facts = f"{result['model']}, seed {result['seed']}, commit {commit}, {result['images_a_task']} pictures a task."
    ruled = ["| " + " | ".join(cells) + " |" for cells in (HEADS, ("---", *["--:"] * (len(HEADS) - 1)), *rows(result))]
    return "\n".join([facts, "", *ruled])


def write_card(card: Path, result: dict[str, Any]) -> None:
    """Put the table between the two comments of a card. Raises NoPlace, OSError."""
    text = card.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlace(f"{card} has no place for the table: add the lines {BEGIN} and {END} to it.")
    card.write_text(f"{before}{BEGIN}\n{markdown(result)}\n{END}{after}", encoding="utf-8")
