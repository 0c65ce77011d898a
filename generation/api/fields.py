"""Reads single fields of a JSON body; a wrong one is noted and read as its default."""

from typing import Any

from generation.services.order import INVALID, Errors


def choice(given: dict[str, Any], name: str, choices: tuple[str, ...], errors: Errors) -> str:
    """One of `choices`, of which the first is the default."""
    value = given.get(name, choices[0])
    if value not in choices:
        errors[name] = (INVALID, f"{name} must be one of: {', '.join(choices)}.")
        return choices[0]
    return str(value)


def flag(given: dict[str, Any], name: str, errors: Errors) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        errors[name] = (INVALID, f"{name} must be true or false.")
    return value is True


def text(given: dict[str, Any], name: str, errors: Errors, *, default: str = "") -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        errors[name] = (INVALID, f"{name} must be a text.")
        return default
    return value


def number(given: dict[str, Any], name: str, errors: Errors) -> float | None:
    """A number, whose bounds the service knows."""
    value = given.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        errors[name] = (INVALID, f"{name} must be a number.")
        return None
    return value


def small(given: dict[str, Any], name: str, most: int, errors: Errors, *, default: int = 0) -> int:
    """A whole number from 0 to `most`."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        errors[name] = (INVALID, f"{name} must be a whole number from 0 to {most}.")
        return default
    return value
