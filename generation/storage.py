"""Where pictures lie and how they are reached: storage keys, and URLs that are signed and expire."""

import hashlib
import io
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from PIL import Image

from generation.models import Picture
from generation.provenance import credentials

FORMATS = ("png", "jpeg", "webp")
QUALITY = 92
_WRITTEN = re.compile(r"(png|jpeg|webp)(?:-(100|[1-9]?[0-9]))?")


@dataclass(frozen=True)
class Format:
    """How a picture is written; `quality`, of jpeg and webp, is from 0 (small) to 100. As a text "png" or "webp-80"."""

    name: str = "png"
    quality: int = QUALITY

    @classmethod
    def read(cls, text: str) -> "Format":
        """The format that `str()` gave as `text`; PNG for anything else."""
        match = _WRITTEN.fullmatch(text)
        return cls(match[1], int(match[2] or QUALITY)) if match else cls()

    def __str__(self) -> str:
        return self.name if self.is_png or self.quality == QUALITY else f"{self.name}-{self.quality}"

    @property
    def is_png(self) -> bool:
        return self.name == "png"


PNG = Format()
URL_SECONDS = 1800
"""For pages, which are soon asked for anew: who may no longer see a picture should not keep a way to its file."""

API_URL_SECONDS = 3600
"""For clients, which may fetch later, and have no page to load again."""

SALT = "generation.media"


@dataclass(frozen=True)
class Stored:
    """A file that was put into storage."""

    key: str
    sha256: str
    byte_size: int


def store_png(*, workspace_id: UUID, generation_id: UUID, png: bytes) -> Stored:
    """Keep a picture under a key that its content names, so that storing it again changes nothing. Raises OSError."""
    return _store(f"ws/{workspace_id}/{generation_id}", png)


def store_reference(*, workspace_id: UUID, png: bytes) -> Stored:
    """As `store_png`, for what pictures start from; no address leads there. Raises OSError."""
    return _store(f"ws/{workspace_id}/references", png)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _store(folder: str, png: bytes) -> Stored:
    name = sha256(png)
    key = f"{folder}/{name}.png"
    # A process that died while writing may have left a shorter file.
    if not default_storage.exists(key) or default_storage.size(key) != len(png):
        default_storage.delete(key)
        default_storage.save(key, ContentFile(png))
    return Stored(key=key, sha256=name, byte_size=len(png))


def delete(key: str) -> None:
    default_storage.delete(key)


def read_png(picture: Picture) -> bytes:
    return read(picture.storage_key)


def read(key: str) -> bytes:
    with default_storage.open(key, "rb") as file:
        return bytes(file.read())


def encode(png: bytes, output_format: Format) -> bytes:
    """The picture in another format, with its note and credentials; a PNG stays as it is, byte for byte."""
    if output_format.is_png:
        return png
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        image.load()
        note = image.info.get("XML:com.adobe.xmp", "")
        written = encode_image(image, output_format, note=note.encode())
    return credentials.carry_over(written, f"image/{output_format.name}", parent=png)


def encode_image(image: Image.Image, output_format: Format, *, note: bytes = b"") -> bytes:
    target, xmp = io.BytesIO(), {"xmp": note} if note else {}
    image.convert("RGB").save(target, output_format.name.upper(), quality=output_format.quality, **xmp)
    return target.getvalue()


def picture_url(
    picture: Picture, *, absolute: bool = False, download: bool = False, output_format: Format = PNG
) -> str:
    """Where this picture, and no other, can be fetched for a while by whoever has the URL, without a session.

    The while is half an hour to an hour for pages, twice that for API clients (`absolute`).
    """
    seconds = API_URL_SECONDS if absolute else URL_SECONDS
    if settings.S3_BUCKET and output_format.is_png:
        return _s3_url(picture, seconds, download=download)
    now = int(time.time())
    # Ends on the half hour: pages that are drawn again name the same URL, and browsers keep the picture.
    expires = now - now % seconds + 2 * seconds
    query: dict[str, str | int] = {"expires": expires}
    query |= {"download": 1} if download else {}
    query |= {} if output_format.is_png else {"format": str(output_format)}
    query["signature"] = _signature(picture.storage_key, expires, download=download, output_format=output_format)
    path = f"{reverse('media', args=[picture.storage_key])}?{urlencode(query)}"
    return settings.BASE_URL + path if absolute else path


def is_signed(key: str, expires: int, *, download: bool, output_format: Format, signature: str) -> bool:
    """Whether `picture_url` made this URL, and it has not expired."""
    expected = _signature(key, expires, download=download, output_format=output_format)
    return constant_time_compare(signature, expected) and time.time() < expires


def _signature(key: str, expires: int, *, download: bool, output_format: Format) -> str:
    return Signer(salt=SALT).signature(f"{key}|{expires}|{int(download)}|{output_format}")


def _s3_url(picture: Picture, seconds: int, *, download: bool) -> str:
    parameters = {"ResponseContentType": "image/png"}
    if download:
        parameters["ResponseContentDisposition"] = f'attachment; filename="{file_name(picture.storage_key)}"'
    # S3Storage signs by itself; `parameters` and `expire` are its own and not in Django's signature.
    return str(default_storage.url(picture.storage_key, parameters=parameters, expire=seconds))  # type: ignore[call-arg]


def file_name(key: str, output_format: Format = PNG) -> str:
    """What a downloaded picture is called."""
    stem = key.rpartition("/")[2].removesuffix(".png")
    return f"aurora-{stem[:12]}.{output_format.name}"
