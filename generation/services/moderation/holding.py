"""Keeps pictures back. Of a held picture everybody gets a blurred file: it lies where the clear one lay, so that no
page, client or archive has to know of it, and the clear one lies where no address leads.
"""

import io
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageFilter

from generation import storage
from generation.models import Generation, Picture

BLURRED = 10
"""Pixels of its longer side that are left of a picture: no more can be made out of it again."""

SOFT = 20


@dataclass(frozen=True)
class Kept:
    """Where a picture lies: what is shown of it, and the clear one if that is held."""

    shown: storage.Stored
    held_key: str = ""


def keep(*, generation: Generation, png: bytes, is_held: bool) -> Kept:
    """Store a picture that was drawn. Raises OSError."""
    ids = {"workspace_id": generation.workspace_id, "generation_id": generation.pk}
    if not is_held:
        return Kept(storage.store_png(**ids, png=png))
    clear = put_aside(generation=generation, png=png)
    shown = storage.store_png(**ids, png=blurred(png))
    # By its content, and with its size, it is the clear one all the same.
    return Kept(storage.Stored(key=shown.key, sha256=storage.sha256(png), byte_size=len(png)), clear)


def put_aside(*, generation: Generation, png: bytes) -> str:
    """Keep what only moderators see; its key. Raises OSError."""
    key = f"ws/{generation.workspace_id}/held/{generation.pk}/{storage.sha256(png)}.png"
    if not default_storage.exists(key):
        default_storage.save(key, ContentFile(png))
    return key


def blurred(png: bytes) -> bytes:
    """A picture of the same size in which nothing can be made out."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        small = image.convert("RGB")
        small.thumbnail((BLURRED, BLURRED), Image.Resampling.BOX)
        soft = small.resize(image.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(SOFT))
    target = io.BytesIO()
    soft.save(target, "PNG")
    return target.getvalue()


def hold(picture: Picture) -> None:
    """Blur a delivered picture, for everybody. Runs in a transaction and the workspace's scope. Raises OSError."""
    if picture.is_held:
        return
    png, old = storage.read_png(picture), picture.storage_key
    kept = keep(generation=picture.generation, png=png, is_held=True)
    _move(picture, to=kept.shown.key, held=kept.held_key, gone=[old])


def release(picture: Picture) -> None:
    """Show it as it was drawn. Runs in a transaction and the workspace's scope. Raises OSError."""
    if not picture.is_held:
        return
    png, old = storage.read(picture.held_key), [picture.storage_key, picture.held_key]
    kept = keep(generation=picture.generation, png=png, is_held=False)
    _move(picture, to=kept.shown.key, held="", gone=old)


def clear_png(picture: Picture) -> bytes:
    """The picture as it was drawn, for moderators. Raises OSError."""
    return storage.read(picture.held_key or picture.storage_key)


def read(key: str) -> bytes:
    """What was put aside. Raises OSError."""
    return storage.read(key)


def _move(picture: Picture, *, to: str, held: str, gone: list[str]) -> None:
    picture.storage_key, picture.held_key = to, held
    picture.save(update_fields=["storage_key", "held_key"])
    transaction.on_commit(lambda: forget([key for key in gone if key not in (to, held)]), robust=True)


def forget(keys: list[str]) -> None:
    """Addresses that were signed before lead nowhere. Equal pictures of a generation share a file."""
    for key in keys:
        used = Picture.objects.filter(storage_key=key) | Picture.objects.filter(held_key=key)
        if not used.exists():
            default_storage.delete(key)
