"""Makes pictures ready to start from: checked, brought to the size that is drawn, and kept in storage."""

import io
from uuid import UUID

from PIL import Image, ImageOps

from accounts.models import User, Workspace
from generation import catalog, storage
from generation.models import Picture, Reference
from generation.services import browse
from generation.services.order import INVALID, Errors, Invalid

OPAQUE = 128
"""From this alpha on a pixel of a mask stays; below it is drawn anew, as OpenAI has it."""


def from_files(
    *,
    workspace: Workspace,
    person: User | None,
    image: Image.Image,
    mask: Image.Image | None,
    size: catalog.Size,
    picture: Picture | None = None,
) -> Reference:
    """Keep an RGBA picture, and what of it is to be drawn anew: the transparent part of `mask`, or of the picture.

    Both are fitted to `size` alike: scaled to cover it and cut to its middle. Raises Invalid.
    """
    errors: Errors = {}
    area = _area(image, mask, size, errors)
    if errors:
        raise Invalid(errors)
    target = (size.width, size.height)
    fitted = ImageOps.fit(image, target, Image.Resampling.LANCZOS).convert("RGB")
    stored = _store(workspace.pk, fitted)
    shown = _store(workspace.pk, area) if area else None
    return Reference.objects.create(
        workspace=workspace,
        person=person,
        picture=picture,
        width=size.width,
        height=size.height,
        image_key=stored.key,
        mask_key=shown.key if shown else "",
        byte_size=stored.byte_size + (shown.byte_size if shown else 0),
    )


def same_picture(*, workspace: Workspace, person: User, data: bytes) -> Picture | None:
    """The picture of the workspace that the file is, byte for byte, if the person may see it."""
    return browse.by_content(workspace=workspace, reader=person, sha256=storage.sha256(data))


def nearest_size(image: Image.Image, mode: catalog.Mode) -> catalog.Size:
    """The mode's size whose shape is the picture's best, and of those the largest that it fills."""

    def strangeness(size: catalog.Size) -> tuple[float, int]:
        ratio = (size.width / size.height) / (image.width / image.height)
        pixels = size.width * size.height
        wasted = pixels if pixels <= image.width * image.height else -pixels
        return round(max(ratio, 1 / ratio), 3), -wasted

    return min(mode.sizes, key=strangeness)


def _area(image: Image.Image, mask: Image.Image | None, size: catalog.Size, errors: Errors) -> Image.Image | None:
    """What is drawn anew, in white; None where nothing is transparent and no mask was given."""
    if mask is not None and mask.size != image.size:
        told = f"The mask has {mask.width}x{mask.height} pixels and the picture {image.width}x{image.height}: make them"
        errors["mask"] = (INVALID, f"{told} equal.")
        return None
    alpha = (mask or image).getchannel("A").point(lambda level: 0 if level >= OPAQUE else 255)
    # Nearest: what is halfway is either drawn or it is not.
    area = ImageOps.fit(alpha, (size.width, size.height), Image.Resampling.NEAREST)
    if area.getextrema()[1]:
        return area
    if mask is not None:
        errors["mask"] = (INVALID, "The mask is opaque all over: make transparent what is to be drawn anew.")
    return None


def _store(workspace_id: UUID, image: Image.Image) -> storage.Stored:
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=1)
    return storage.store_reference(workspace_id=workspace_id, png=target.getvalue())
