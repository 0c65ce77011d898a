"""Pictures from outside, read with care: a file may claim to be anything, and be made to hurt whoever opens it."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BODY = 1_000_000
"""Bytes of a request to the API without pictures."""

MAX_UPLOAD = 56_000_000
"""And of one with them: two pictures of MAX_BYTES, as base64."""

MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP")


class Unusable(Exception):
    """The file is no picture that can be used; the message says why, and what would be."""


def read(data: bytes) -> Image.Image:
    """The picture in a file, upright, as RGBA, with nothing else of what the file held. Raises Unusable."""
    if not data:
        raise Unusable("The file is empty.")
    if len(data) > MAX_BYTES:
        raise Unusable(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        with warnings.catch_warnings():
            # Pillow only warns of pictures that would take gigabytes.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unusable(_too_many()) from error
    except UnidentifiedImageError as error:
        raise Unusable("The file is no PNG, JPEG or WebP picture.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unusable("The picture is damaged: it cannot be read to its end.") from error


def _read(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Unusable(_too_many())
        if getattr(image, "n_frames", 1) != 1:
            raise Unusable("The picture is animated; send a single one.")
        image.load()
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    # A new one, so that no metadata goes along.
    return Image.frombytes("RGBA", upright.size, upright.tobytes())


def _too_many() -> str:
    return f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels."
