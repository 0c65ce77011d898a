"""Mode and size of an image request, in our words (`mode`), OpenAI's (`size`, `quality`) or xAI's (`aspect_ratio`,
`resolution`)."""

from dataclasses import dataclass
from typing import Any

from generation import catalog
from generation.api import fields
from generation.catalog import Size
from generation.services.order import INVALID, Errors

AUTO = "auto"
MODE_OF_QUALITY = {"low": "speed", "standard": "speed", "medium": "quality", "high": "quality", "hd": "quality"}
QUALITY_OF_MODE = {"speed": "low", "quality": "high", "pro": "high"}
RATIOS = (AUTO, *sorted({size.ratio for mode in catalog.MODES.values() for size in mode.sizes}))
RESOLUTIONS = (AUTO, "1k", "1080p")
FIELDS = {"mode", "size", "quality", "aspect_ratio", "resolution"}


@dataclass(frozen=True)
class Shape:
    """What the request says about the size; each part may leave it open ("auto")."""

    size: str
    ratio: str
    resolution: str

    @property
    def is_vague(self) -> bool:
        """It names no size, but says something of it."""
        return self.size == AUTO and (self.ratio, self.resolution) != (AUTO, AUTO)

    def fits(self, size: Size) -> bool:
        return (
            self.size in (AUTO, str(size))
            and self.ratio in (AUTO, size.ratio)
            and self.resolution in (AUTO, _resolution(size))
        )


def read(given: dict[str, Any], errors: Errors) -> tuple[str, str]:
    """Names of mode and size as `order.read` takes them; of the sizes that fit a vague shape, the largest."""
    shape = _shape(given, errors)
    mode = _mode(given, shape, errors)
    rules = catalog.MODES.get(mode)
    if rules is None or not shape.is_vague:
        return mode, shape.size
    fitting = [size for size in rules.sizes if shape.fits(size)]
    if not fitting:
        field = "resolution" if shape.ratio == AUTO else "aspect_ratio"
        errors[field] = (INVALID, f"Mode {mode} has no such size: it draws {', '.join(map(str, rules.sizes))}.")
    return mode, str(max(fitting, key=lambda size: size.width * size.height, default=AUTO))


def _shape(given: dict[str, Any], errors: Errors) -> Shape:
    size = fields.text(given, "size", errors, default=AUTO)
    ratio = fields.choice(given, "aspect_ratio", RATIOS, errors)
    resolution = fields.choice(given, "resolution", RESOLUTIONS, errors)
    if size == AUTO:
        return Shape(size, ratio, resolution)
    for name, value in (("aspect_ratio", ratio), ("resolution", resolution)):
        if value != AUTO:
            errors[name] = (INVALID, f"Give either size or {name}.")
    return Shape(size, AUTO, AUTO)


def _mode(given: dict[str, Any], shape: Shape, errors: Errors) -> str:
    """`mode` as it is given; without it, the one that `quality` stands for, or the quickest that has such a size."""
    quality = fields.choice(given, "quality", (AUTO, *MODE_OF_QUALITY), errors)
    if "mode" in given:
        return given["mode"] if isinstance(given["mode"], str) else ""
    if quality != AUTO:
        return MODE_OF_QUALITY[quality]
    modes = catalog.MODES.values()
    found = next((mode.name for mode in modes if any(map(shape.fits, mode.sizes))), None)
    if found is None and shape.size != AUTO:
        sizes = dict.fromkeys(str(size) for mode in modes for size in mode.sizes)
        errors.setdefault("size", (INVALID, f"Choose one of these sizes: {', '.join(sizes)}."))
    return found or next(iter(catalog.MODES))


def _resolution(size: Size) -> str:
    """What xAI calls it; "" for smaller pictures."""
    if min(size.width, size.height) == 1080:
        return "1080p"
    return "1k" if max(size.width, size.height) >= 1024 else ""
