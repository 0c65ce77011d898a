"""Small square pictures of people and workspaces, made anew from what was uploaded."""

import io
import warnings

from django.core.files.base import File
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE = 256
MAX_BYTES = 2_000_000
MAX_PIXELS = 24_000_000
FORMATS = ("PNG", "JPEG", "WEBP")


class BadPortrait(ValueError):
    """The file cannot be used; the message says why, for people."""


def portrait(upload: "File[bytes]") -> bytes:
    """A square WebP of at most 256 pixels, cut from the middle. Raises BadPortrait.

    Only the pixels are kept: no metadata, no trailing bytes, nothing of the file itself.
    """
    if upload.size > MAX_BYTES:
        raise BadPortrait(f"The file is larger than {MAX_BYTES // 1_000_000} MB. Choose a smaller one.")
    data = upload.read(MAX_BYTES + 1)
    try:
        with warnings.catch_warnings():
            # Pillow only warns of the smaller ones among pictures that swell when they are decoded.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _square(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPortrait("The picture has too many pixels. Choose a smaller one.") from error
    except UnidentifiedImageError as error:
        raise BadPortrait("This is not a PNG, JPEG or WebP picture.") from error
    # What Pillow raises for broken files is as varied as the files are.
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError) as error:
        if isinstance(error, BadPortrait):
            raise
        raise BadPortrait("The picture is damaged and cannot be read.") from error


def _square(image: Image.Image) -> bytes:
    # Before anything is decoded: the header says how much there would be.
    if image.width * image.height > MAX_PIXELS:
        raise BadPortrait("The picture has too many pixels. Choose a smaller one.")
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    side = min(SIDE, *upright.size)
    fitted = ImageOps.fit(upright, (side, side), Image.Resampling.LANCZOS)
    # A new picture with the pixels alone.
    clean = Image.new("RGBA", fitted.size)
    clean.paste(fitted)
    target = io.BytesIO()
    clean.save(target, "WEBP", quality=88, method=4)
    return target.getvalue()
