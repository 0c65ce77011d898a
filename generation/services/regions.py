"""Draws a region of a picture of the workspace anew: its mask is a file, or a rectangle in four numbers."""

import io

from PIL import Image, ImageDraw

from accounts.models import User, Workspace
from generation import catalog, storage, uploads
from generation.models import Generation, Picture
from generation.services import admit, change, order
from generation.services.order import INVALID, MISSING, Invalid

MAX_MASK = 2_000_000
"""Bytes: a mask is two colours, which pack well."""

Rectangle = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

NOTHING = "Mark what is to be drawn anew, with the brush or a rectangle."
ALL = "The mask touches every square, so nothing of the picture would stay. Leave some, or make a variation."


def redraw(
    *,
    workspace: Workspace,
    person: User,
    picture: Picture,
    mask: Image.Image,
    prompt: str,
    mode: str,
    n: int | str | None = None,
    use_credit: bool = False,
) -> Generation:
    """Queue it. Who sees the picture sees what comes of it. Raises what `request.submit` raises."""
    if wanted := catalog.MODES.get(mode):
        # Before the other fields: whoever lacks the mode need not learn what else it wants.
        admit.to_mode(workspace=workspace, mode=wanted)
    wish = order.read(source="page", prompt=prompt, mode=mode, n=n, size=str(picture.size))
    start = change.Start(Image.open(io.BytesIO(storage.read_png(picture))).convert("RGBA"), mask, picture)
    return change.place(
        workspace=workspace,
        requested_by=person,
        source="page",
        order=wish,
        start=start,
        change=Generation.Change.EDIT,
        share=picture.generation.is_shared,
        use_credit=use_credit,
    )


def from_file(data: bytes, size: catalog.Size) -> Image.Image:
    """The mask in a file, transparent where the picture is drawn anew, as /v1/images/edits has it. Raises Invalid."""
    if len(data) > MAX_MASK:
        raise _wrong(f"The mask is larger than {MAX_MASK // 1_000_000} MB.")
    try:
        mask = uploads.read(data)
    except uploads.Unusable as error:
        raise _wrong(f"The mask cannot be read: {error}") from error
    if mask.size != (size.width, size.height):
        raise _wrong(f"The mask has {mask.width}x{mask.height} pixels and the picture {size}: make them equal.")
    return checked(mask)


def from_rectangle(rectangle: Rectangle, size: catalog.Size) -> Image.Image:
    """The mask whose rectangle is drawn anew; what of it is beyond the picture's edges is left out. Raises Invalid."""
    left, top, width, height = rectangle
    mask = Image.new("RGBA", (size.width, size.height), (0, 0, 0, 255))
    if width > 0 and height > 0:
        ImageDraw.Draw(mask).rectangle((left, top, left + width - 1, top + height - 1), fill=(0, 0, 0, 0))
    return checked(mask)


def checked(mask: Image.Image) -> Image.Image:
    """The mask, if it leaves something to be drawn and something that stays. Raises Invalid."""
    marked = touched(mask)
    if not marked:
        raise Invalid({"mask": (MISSING, NOTHING)})
    if marked == catalog.positions(catalog.Size(*mask.size)):
        raise _wrong(ALL)
    return mask


def touched(mask: Image.Image) -> int:
    """How many positions of the picture the mask touches, all of which are drawn anew."""
    squares = catalog.grid(catalog.Size(*mask.size))
    marked = mask.getchannel("A").point(lambda level: 255 if level < 128 else 0)
    whole = Image.new("L", (squares.columns * squares.cell, squares.rows * squares.cell))
    whole.paste(marked, (squares.left, squares.top))
    # The mean of a square; wide enough in range that a single pixel counts.
    small = whole.convert("F").resize((squares.columns, squares.rows), Image.Resampling.BOX)
    return sum(small.point(lambda level: level * 1e4).convert("L").histogram()[1:])


def _wrong(told: str) -> Invalid:
    return Invalid({"mask": (INVALID, told)})
