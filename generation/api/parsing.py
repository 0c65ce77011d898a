"""Reads the body of an image request; what is wrong with it is said for all fields at once."""

from dataclasses import dataclass
from typing import Any

from generation import catalog
from generation.api import fields, shape
from generation.models import Generation
from generation.services import order
from generation.services.order import INVALID, Errors, Invalid
from generation.storage import FORMATS, QUALITY, Format

RESPONSE_FORMATS = ("url", "b64_json")
MAX_USER = 64
IGNORED = {"safety_identifier", "moderation", "style"}
"""Sent by clients of other services; none of them changes a picture here."""

IGNORED_OF_CHANGES = {"input_fidelity"}
"""The same of edits and variations."""

STRENGTHS = (Generation.Change.SUBTLE.value, Generation.Change.STRONG.value)
"""Of variations."""

OWN_NAMES = {"negative": "negative_prompt"}
"""Fields that are called otherwise here than in the services."""

KNOWN = IGNORED | shape.FIELDS | {
    "model", "prompt", "n", "seed", "background", "response_format", "output_format", "output_compression", "stream",
    "partial_images", "user", "negative_prompt", "guidance", "variety",
}  # fmt: skip


@dataclass(frozen=True)
class ImageRequest:
    """A checked request: what to draw, and how to answer."""

    order: order.Order
    response_format: str
    output_format: Format
    stream: bool
    partial_images: int
    user: str = ""


def read(body: Any) -> ImageRequest:
    """Raises Invalid; a body that is no JSON object is an error of no field ("")."""
    if not isinstance(body, dict):
        raise Invalid({"": (INVALID, "The body must be a JSON object.")})
    given = {name: value for name, value in body.items() if value is not None}
    errors: Errors = {}
    return read_change(given, shape.read(given, errors), errors)


def read_change(
    given: dict[str, Any], mode_and_size: tuple[str, str], errors: Errors, *, prompt_needed: bool = True
) -> ImageRequest:
    """All but mode and size, whose errors are there already. Raises Invalid."""
    unknown = sorted(str(name) for name in given if name not in KNOWN)
    errors |= {name: ("unknown_parameter", f"Unknown parameter: {name!r}.") for name in unknown}
    fields.choice(given, "model", (catalog.MODEL,), errors)
    fields.choice(given, "background", ("auto", "opaque"), errors)
    response_format = fields.choice(given, "response_format", RESPONSE_FORMATS, errors)
    output_format = fields.choice(given, "output_format", FORMATS, errors)
    quality = fields.small(given, "output_compression", 100, errors, default=QUALITY)
    if "output_compression" in given and output_format == "png":
        errors["output_compression"] = (INVALID, "output_compression is of jpeg and webp; a png loses nothing.")
    stream = fields.flag(given, "stream", errors)
    partial_images = fields.small(given, "partial_images", catalog.MAX_PARTIALS, errors)
    wish = _order(given, mode_and_size, errors, prompt_needed=prompt_needed)
    user = fields.text(given, "user", errors)
    if len(user) > MAX_USER or not user.isprintable():
        errors["user"] = (INVALID, f"user may have at most {MAX_USER} printable characters.")
    if errors or wish is None:
        raise Invalid(errors)
    return ImageRequest(wish, response_format, Format(output_format, quality), stream, partial_images, user)


def _order(
    given: dict[str, Any], mode_and_size: tuple[str, str], errors: Errors, *, prompt_needed: bool
) -> order.Order | None:
    """The order, unless something is wrong with it."""
    prompt = fields.text(given, "prompt", errors)
    negative = fields.text(given, "negative_prompt", errors)
    guidance, variety = (fields.number(given, name, errors) for name in ("guidance", "variety"))
    mode, size = mode_and_size
    try:
        return order.read(
            source="api",
            prompt=prompt,
            mode=mode,
            n=given.get("n"),
            size=size,
            seed=given.get("seed"),
            negative=negative,
            guidance=guidance,
            variety=variety,
            prompt_needed=prompt_needed,
        )
    except Invalid as invalid:
        for name, error in invalid.errors.items():
            errors.setdefault(OWN_NAMES.get(name, name), error)
        return None
