"""Reads the body of an image request; what is wrong with it is said for all fields at once."""

from dataclasses import dataclass
from typing import Any

from generation import catalog
from generation.services import order
from generation.services.order import INVALID, Errors, Invalid
from generation.storage import FORMATS, Format

RESPONSE_FORMATS = ("url", "b64_json")
MODE_OF_QUALITY = {
    "auto": "speed",
    "low": "speed",
    "standard": "speed",
    "medium": "quality",
    "high": "quality",
    "hd": "quality",
}
QUALITY_OF_MODE = {"speed": "low", "quality": "high"}
MAX_PARTIALS = 3
IGNORED = {"user", "safety_identifier", "moderation", "style"}
"""Sent by clients of other services; none of them changes a picture here."""

KNOWN = IGNORED | {
    "model", "prompt", "n", "size", "seed", "mode", "quality", "background",
    "response_format", "output_format", "stream", "partial_images",
}  # fmt: skip


@dataclass(frozen=True)
class ImageRequest:
    """A checked request: what to draw, and how to answer."""

    order: order.Order
    response_format: str
    output_format: Format
    stream: bool
    partial_images: int


def read(body: Any) -> ImageRequest:
    """Raises Invalid; a body that is no JSON object is an error of no field ("")."""
    if not isinstance(body, dict):
        raise Invalid({"": (INVALID, "The body must be a JSON object.")})
    given = {name: value for name, value in body.items() if value is not None}
    unknown = sorted(str(name) for name in given if name not in KNOWN)
    errors: Errors = {name: ("unknown_parameter", f"Unknown parameter: {name!r}.") for name in unknown}
    _choice(given, "model", (catalog.MODEL,), errors)
    _choice(given, "background", ("auto", "opaque"), errors)
    response_format = _choice(given, "response_format", RESPONSE_FORMATS, errors)
    output_format = _choice(given, "output_format", FORMATS, errors)
    stream = _flag(given, "stream", errors)
    partial_images = _partials(given, errors)
    wish = _order(given, errors)
    if errors or wish is None:
        raise Invalid(errors)
    form = next(name for name in FORMATS if name == output_format)
    return ImageRequest(wish, response_format, form, stream, partial_images)


def _choice(given: dict[str, Any], name: str, choices: tuple[str, ...], errors: Errors) -> str:
    value = given.get(name, choices[0])
    if value not in choices:
        errors[name] = (INVALID, f"{name} must be one of: {', '.join(choices)}.")
        return choices[0]
    return str(value)


def _flag(given: dict[str, Any], name: str, errors: Errors) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        errors[name] = (INVALID, f"{name} must be true or false.")
    return value is True


def _partials(given: dict[str, Any], errors: Errors) -> int:
    value = given.get("partial_images", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_PARTIALS:
        errors["partial_images"] = (INVALID, f"partial_images must be a whole number from 0 to {MAX_PARTIALS}.")
        return 0
    return value


def _order(given: dict[str, Any], errors: Errors) -> order.Order | None:
    """The order, unless something is wrong with it."""
    for name in ("prompt", "size"):
        if not isinstance(given.get(name, ""), str):
            errors[name] = (INVALID, f"{name} must be a text.")
    try:
        return order.read(
            source="api",
            prompt=_text(given, "prompt"),
            mode=_mode(given, errors),
            n=given.get("n"),
            size=_text(given, "size") if "size" in given else None,
            seed=given.get("seed"),
        )
    except Invalid as invalid:
        for name, error in invalid.errors.items():
            errors.setdefault(name, error)
        return None


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name, "")
    return value if isinstance(value, str) else ""


def _mode(given: dict[str, Any], errors: Errors) -> str:
    """`mode` as it is given; without it, the one that `quality` stands for."""
    quality = _choice(given, "quality", tuple(MODE_OF_QUALITY), errors)
    mode = given.get("mode", MODE_OF_QUALITY[quality])
    return mode if isinstance(mode, str) else ""
