"""Avatars: whatever is uploaded is drawn anew as one small WebP, so that nothing of the file itself is ever served."""

import hashlib
import io
import warnings

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000
SIDE = 256
FORMATS = ("PNG", "JPEG", "WEBP")


class BadPictureError(Exception):
    """Says to the person what is wrong with their file."""


def render(raw: bytes) -> bytes:
    """The middle of a PNG, JPEG or WebP as a square WebP of `SIDE`, without EXIF. Raises BadPictureError."""
    if len(raw) > MAX_BYTES:
        raise BadPictureError(f"This file is larger than {MAX_BYTES // 1024 // 1024} MB. Choose a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _square(raw)
    except BadPictureError:
        raise
    except Exception as error:
        # Decoders meet hostile files with all kinds of errors, and each means the same to the person.
        raise BadPictureError("This file is not a picture that can be read. Choose a PNG, JPEG or WebP.") from error


def _square(raw: bytes) -> bytes:
    with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise BadPictureError("This picture has more than 25 million pixels. Choose a smaller one.")
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        # Cropped before it is turned and converted: what is left is small, whatever the shape was.
        upright = ImageOps.exif_transpose(ImageOps.fit(image.convert("RGBA"), (SIDE, SIDE)), in_place=False)
        target = io.BytesIO()
        upright.save(target, "WEBP", quality=86, exif=b"", icc_profile=None)
    return target.getvalue()


def store(*, user_id: object, webp: bytes) -> str:
    """Keep it under a key that nobody can guess; returns the key."""
    key = f"avatars/{user_id}/{hashlib.sha256(webp).hexdigest()}.webp"
    if not default_storage.exists(key):
        default_storage.save(key, ContentFile(webp))
    return key


def remove(key: str) -> None:
    if key:
        default_storage.delete(key)
