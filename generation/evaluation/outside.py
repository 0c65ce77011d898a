"""Prompts from outside: a file with one JSON object a line, as GenEval writes them."""

import json
from pathlib import Path
from typing import Any

from generation.evaluation.asked import Prompt, Wanted
from generation.evaluation.glyphs import alphabets, folded
from generation.evaluation.staging import staged
from generation.world.vocabulary import COLOURS, RELATIONS, THINGS

KEYS = {"prompt", "include", "exclude", "text", "tag"}
ENTRY_KEYS = {"class", "count", "color", "position"}
LONGEST = 1000
NAMES = {name: thing.name for thing in THINGS for name in thing.names}


class BadSuite(Exception):
    """A file of prompts cannot be used; the sentence names the line and what is wrong with it."""


def read_suite(path: Path, seed: int = 0) -> list[Prompt]:
    """The prompts of a file, each with a scene that shows it where the world can."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSuite(f"Cannot read {path} as UTF-8 text ({error}).") from error
    prompts = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                prompts.append(staged(_prompt(line), seed + number))
            except ValueError as error:
                raise BadSuite(f"Line {number} of {path}: {error}.") from error
    if not prompts:
        raise BadSuite(f"There are no prompts in {path}.")
    return prompts


def _prompt(line: str) -> Prompt:
    """Raises ValueError with words that go on after "Line 3 of FILE: "."""
    try:
        told = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no JSON ({error.msg} at column {error.colno})") from error
    _check_keys(told, KEYS, "a prompt")
    text = told.get("prompt")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise ValueError(f'"prompt" must be text of 1 to {LONGEST} characters')
    entries = _entries(told, "include")
    include = tuple(_wanted(entry, len(entries)) for entry in entries)
    exclude = tuple(_wanted(entry, 0) for entry in _entries(told, "exclude"))
    written, script = _written(told.get("text", ""))
    if not include and not exclude and not written:
        raise ValueError('nothing is asked for: give "include", "exclude" or "text"')
    return Prompt(text, include, exclude, written, script, task=_tag(told.get("tag", "")))


def _check_keys(told: Any, known: set[str], what: str) -> None:
    if not isinstance(told, dict):
        raise ValueError(f"{what} must be a JSON object")
    if unknown := sorted(told.keys() - known):
        raise ValueError(f"{what} has an unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _entries(told: dict[str, Any], key: str) -> list[Any]:
    entries = told.get(key, [])
    if not isinstance(entries, list):
        raise ValueError(f'"{key}" must be a list')
    return entries


def _wanted(entry: Any, n_entries: int) -> Wanted:
    _check_keys(entry, ENTRY_KEYS, "an entry")
    name, count, colour = entry.get("class"), entry.get("count", 1), entry.get("color", "")
    if not isinstance(name, str) or name not in NAMES:
        raise ValueError(f"there is no class {name!r}; the classes are {', '.join(sorted(NAMES))}")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError('"count" must be a whole number from 1')
    if colour and colour not in COLOURS:
        raise ValueError(f"there is no color {colour!r}; the colors are {', '.join(COLOURS)}")
    return Wanted(NAMES[name], count, colour, _position(entry.get("position"), n_entries))


def _position(told: Any, n_entries: int) -> tuple[str, int] | None:
    if told is None:
        return None
    match told:
        case [str(name), int(target)] if name in RELATIONS and 0 <= target < n_entries:
            return name, target
    raise ValueError(f'"position" must be [relation, number of an "include"], with one of {", ".join(RELATIONS)}')


def _written(text: Any) -> tuple[str, str]:
    """The text, and the script that has all of its letters."""
    if not isinstance(text, str):
        raise ValueError('"text" must be text')
    for script, letters in alphabets().items():
        if set(folded(text)) - {" "} <= set(letters):
            return text, script if text else ""
    raise ValueError(f'"text" must be letters of one script of these: {", ".join(alphabets())}')


def _tag(tag: Any) -> str:
    if not isinstance(tag, str) or "." in tag:
        raise ValueError('"tag" must be text without a dot')
    return tag
