"""Checked readers of environment variables: a bad value ends in one sentence that names the variable."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; an empty one counts as not given."""
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str:
    """`NAME`, or the content of the file that `NAME_FILE` names (as container secrets come)."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {error.strerror}.") from error


def flag(name: str, *, default: bool) -> bool:
    raw = text(name).lower()
    if not raw:
        return default
    if raw not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={raw!r} is neither true nor false; write {name}=true or {name}=false.")
    return raw in TRUE


def number(name: str, default: int, *, low: int, high: int) -> int:
    raw = text(name)
    if not raw:
        return default
    if not raw.isascii() or not raw.isdecimal() or not low <= int(raw) <= high:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number from {low} to {high}.")
    return int(raw)


def words(name: str) -> list[str]:
    """A comma-separated list, blanks and empty entries dropped."""
    return [word for word in (part.strip() for part in text(name).split(",")) if word]


def folder(name: str, default: Path) -> Path:
    return Path(text(name) or default).expanduser().absolute()
