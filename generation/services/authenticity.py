"""Whether a file was made here, as far as the file itself can show it: by its signature, and by its note."""

import io
from dataclasses import dataclass

from PIL import Image

from generation import uploads
from generation.provenance import credentials, note
from generation.provenance.credentials import Found


@dataclass(frozen=True)
class Report:
    """`says_ai`: the note in the file says that a model drew it, which anybody could have written or taken out."""

    found: Found
    says_ai: bool


def look(data: bytes) -> Report:
    """Raises uploads.Unusable for what is no PNG, JPEG or WebP of a usual size."""
    uploads.read(data)
    with Image.open(io.BytesIO(data), formats=uploads.FORMATS) as image:
        media_type = f"image/{str(image.format).lower()}"
    says_ai = any(source.encode() in data for source in (note.DRAWN, note.COMPOSITE))
    return Report(credentials.read(data, media_type), says_ai)
