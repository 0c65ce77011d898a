"""A model that answers at once with a picture it has made before: what is measured with it is everything else."""

import io
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image

from generation import catalog
from generation.serving.model import Capabilities, DrawRequest, PictureDrawn, Room, RowDrawn

SLOTS = 64
ROWS = 4


class Stored:
    """Draws every size of the catalog, and changes pictures, in no time."""

    name = "stored"
    capabilities = Capabilities(
        frozenset(catalog.MODES),
        frozenset((size.width, size.height) for mode in catalog.MODES.values() for size in mode.sizes),
        slots=SLOTS,
        references=frozenset({"edit"}),
    )

    def draw(self, request: DrawRequest, *, should_stop: Callable[[], bool]) -> Iterator[RowDrawn | PictureDrawn]:
        for index, seed in enumerate(request.seeds):
            if should_stop():
                return
            yield RowDrawn(index, ROWS, ROWS, _file("WEBP", 32, 32))
            yield PictureDrawn(index, seed, _file("PNG", request.width, request.height), 0.001, 64)

    def room(self) -> Room:
        return Room(free=SLOTS, waiting=0, first_waiting=None)

    def on_room(self, callback: Callable[[], None]) -> None:
        """There always is some."""

    def close(self) -> None:
        """There is nothing to end."""


@cache
def _file(form: str, width: int, height: int) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), (30, 120, 200)).save(target, form)
    return target.getvalue()
