"""Reads what a person or a client asked for, and says all that is wrong with it at once. No database."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Literal

from generation import catalog

Source = Literal["page", "api"]
Errors = dict[str, tuple[str, str]]
"""Field -> (code, sentence)."""

MISSING = "missing_required_parameter"
INVALID = "invalid_value"


class Invalid(Exception):
    """The request cannot be drawn; `errors` names every field that is wrong."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(" ".join(message for _, message in errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Order:
    """A request that can be drawn."""

    prompt: str
    mode: catalog.Mode
    n: int
    size: catalog.Size
    seed: int
    steering: catalog.Steering = catalog.AS_MODE


def read(
    *,
    source: Source,
    prompt: str,
    mode: str,
    n: int | str | None = None,
    size: str | catalog.Size | None = None,
    seed: int | str | None = None,
    negative: str = "",
    guidance: float | str | None = None,
    variety: float | str | None = None,
    prompt_needed: bool = True,
) -> Order:
    """Check every field. None (and for size also "auto") means the default. Raises Invalid."""
    errors: Errors = {}
    text = tidy(prompt)
    if (text or prompt_needed) and (error := _prompt_error(text)):
        errors["prompt"] = error
    chosen = catalog.MODES.get(mode)
    if chosen is None:
        errors["mode"] = (INVALID, f"Choose one of these modes: {', '.join(catalog.MODES)}.")
    # A wrong mode leaves the other fields to be checked all the same, by the widest rules.
    rules = chosen or next(iter(catalog.MODES.values()))
    count = _read_n(source, rules, n, errors)
    area = _read_size(rules, size, errors)
    start = _read_seed(seed, errors)
    steering = _read_steering(negative, guidance, variety, errors)
    if errors:
        raise Invalid(errors)
    return Order(prompt=text, mode=rules, n=count, size=area, seed=start, steering=steering)


def tidy(prompt: str) -> str:
    """The prompt as it is counted and stored: composed characters (NFC), plain line ends, no space around."""
    return unicodedata.normalize("NFC", prompt.replace("\r\n", "\n")).strip()


def _prompt_error(text: str) -> tuple[str, str] | None:
    if not text:
        return MISSING, "Write what the picture should show."
    return text_error("The prompt", text, catalog.MAX_PROMPT)


def text_error(name: str, text: str, most: int) -> tuple[str, str] | None:
    """What is wrong with a text that is called `name`, if anything is."""
    if len(text) > most:
        return INVALID, f"{name} has {len(text):,} characters; at most {most:,} are possible."
    if any(_is_control(character) for character in text):
        return INVALID, f"{name} contains control characters; remove them."
    return None


def _is_control(character: str) -> bool:
    # Cs: lone surrogates, which JSON can carry and no database can store.
    return unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"


def _read_n(source: Source, mode: catalog.Mode, n: int | str | None, errors: Errors) -> int:
    most = catalog.MAX_N_API if source == "api" else mode.max_n
    if n is None:
        return 1 if source == "api" else mode.default_n
    count = _whole(n)
    if count is None or not 1 <= count <= most:
        errors["n"] = (INVALID, f"The number of pictures must be a whole number from 1 to {most}.")
        return 1
    return count


def _read_size(mode: catalog.Mode, size: str | catalog.Size | None, errors: Errors) -> catalog.Size:
    if size is None or size == "auto":
        return mode.default_size
    found = mode.size(str(size))
    if found is None:
        errors["size"] = (INVALID, f"Choose one of these sizes: {', '.join(map(str, mode.sizes))}.")
        return mode.default_size
    return found


def _read_seed(seed: int | str | None, errors: Errors) -> int:
    if seed is None:
        return secrets.randbelow(catalog.MAX_SEED + 1)
    number = _whole(seed)
    if number is None or not 0 <= number <= catalog.MAX_SEED:
        errors["seed"] = (INVALID, f"The seed must be a whole number from 0 to {catalog.MAX_SEED}.")
        return 0
    return number


def _read_steering(
    negative: str, guidance: float | str | None, variety: float | str | None, errors: Errors
) -> catalog.Steering:
    avoided = tidy(negative)
    if error := text_error("The negative prompt", avoided, catalog.MAX_NEGATIVE):
        errors["negative"] = error
    return catalog.Steering(
        avoided,
        _read_dial("guidance", "The guidance", guidance, catalog.GUIDANCE, errors),
        _read_dial("variety", "The variety", variety, catalog.VARIETY, errors),
    )


def _read_dial(
    field: str, name: str, value: float | str | None, bounds: tuple[float, float], errors: Errors
) -> float | None:
    """Hundredths are as fine as anybody sees."""
    if value is None:
        return None
    number, (least, most) = _number(value), bounds
    if number is None or not least <= number <= most:
        errors[field] = (INVALID, f"{name} must be a number from {least:g} to {most:g}.")
        return None
    return round(number, 2)


def _number(value: object) -> float | None:
    """`value` as a number if it is one or is written as one, not in words such as "nan"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if abs(value) < 1e6 else None
    return float(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}([.][0-9]{1,12})?", value) else None


def _whole(value: object) -> int | None:
    """`value` as an integer if it is one or is written as one; True is no number here."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # 12 digits hold every number that any field takes, and int() of a long text is slow.
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 12:
        return int(value)
    return None
