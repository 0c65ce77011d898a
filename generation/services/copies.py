"""The copy of a picture that somebody takes away: in the format of their choice, with its prompt inside or without.

Every file that a person downloads is made by `make`.
"""

import io
import json
import struct
import zlib
from collections.abc import Iterator

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from generation import storage
from generation.models import Picture
from generation.provenance import credentials, note
from generation.services import signing
from generation.storage import Format

SOFTWARE = "Aurora"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
"""Parts of a PNG that hold the picture itself."""


def make(picture: Picture, *, output_format: Format, tells: bool) -> bytes:
    """The file, with the credentials of what a model drew. With `tells` it says its prompt, seed, mode and size.

    Raises OSError where the picture cannot be read, Unsigned where it cannot be signed anew.
    """
    png = storage.read_png(picture)
    if not tells:
        return storage.encode(png, output_format)
    file = _rewritten(png, _texts(picture)) if output_format.is_png else _written(png, picture, output_format)
    return credentials.carry_over(file, f"image/{output_format.name}", parent=png)


def _written(png: bytes, picture: Picture, output_format: Format) -> bytes:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        target = io.BytesIO()
        told = {"exif": _exif(picture), "xmp": _xmp(picture)}
        image.convert("RGB").save(target, output_format.name.upper(), quality=output_format.quality, **told)
    return target.getvalue()


def facts(picture: Picture) -> dict[str, str | int]:
    """What draws the picture again, and nothing of who asked for it."""
    asked = picture.generation
    made: dict[str, str | int] = {
        "prompt": asked.prompt,
        "seed": picture.seed,
        "mode": asked.mode,
        "size": str(picture.size),
    }
    return made | {"model": asked.model or SOFTWARE.lower()} | ({"change": asked.change} if asked.change else {})


def _rewritten(png: bytes, texts: bytes) -> bytes:
    """The PNG with these texts and no others. Its pixels are not packed anew, which would take a second."""
    head, *rest = _parts(png)
    return _SIGNATURE + head + texts + b"".join(rest)


def _parts(png: bytes) -> Iterator[bytes]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] in _PIXELS:
            yield png[at : at + length + 12]
        at += length + 12


def _texts(picture: Picture) -> bytes:
    info = PngInfo()
    info.add_itxt("Software", SOFTWARE)
    info.add_itxt("Description", picture.generation.prompt)
    info.add_itxt("Comment", json.dumps(facts(picture), ensure_ascii=False))
    info.add_itxt("XML:com.adobe.xmp", _xmp(picture).decode())
    return b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data, *_ in info.chunks
    )


def _exif(picture: Picture) -> Image.Exif:
    exif = Image.Exif()
    # The standard knows ASCII alone here; readers take it for UTF-8.
    exif[ExifTags.Base.ImageDescription] = picture.generation.prompt.encode()
    exif[ExifTags.Base.Software] = SOFTWARE
    comment = b"UNICODE\0" + json.dumps(facts(picture), ensure_ascii=False).encode("utf-16-le")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = comment
    return exif


def _xmp(picture: Picture) -> bytes:
    asked = picture.generation
    model = asked.model or SOFTWARE.lower()
    return note.packet(model=model, source=signing.source_of(asked), description=asked.prompt)
