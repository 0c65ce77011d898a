"""Sixteen prompts drawn by the engine as it serves, nothing picked: what a model card should show."""

import io
from pathlib import Path

from PIL import Image

from generation.serving.engine import DrawRequest, Engine, PictureDrawn

SEED = 1
SIDE = 256
PROMPTS = (
    "a red apple on the left",
    "a blue sky over green grass",
    "a dog in the middle on sand under a sunset sky",
    "a blue car to the left of a yellow star",
    "a big purple balloon on a white background",
    "a tree and a house on grass under a cloudy sky",
    "a rocket under a night sky",
    "a pink umbrella above a green book",
    "a sailboat on the sea under a blue sky",
    "a cat on a wooden floor",
    "an orange fish on a blue background",
    "a castle on the right on snow",
    "a penguin, a strawberry and a gift in a row",
    "a red heart on a black and white checkerboard",
    "a lion on the left and an elephant on the right on sand",
    "a small yellow key in the center on bricks",
)


def contact_sheet(engine: Engine, path: Path) -> None:
    """One picture a prompt, all with the same seed, four in a row."""
    sheet = Image.new("RGB", (4 * SIDE, 4 * SIDE))
    for number, prompt in enumerate(PROMPTS):
        picture = Image.open(io.BytesIO(draw_one(engine, prompt, seed=SEED, side=SIDE).png))
        sheet.paste(picture, (number % 4 * SIDE, number // 4 * SIDE))
    sheet.save(path, quality=85)


def draw_one(engine: Engine, prompt: str, *, seed: int, side: int) -> PictureDrawn:
    """One square picture of `side` pixels in mode quality."""
    request = DrawRequest(prompt, "quality", side, side, (seed,))
    events = engine.draw(request, should_stop=lambda: False, previews=False)
    return next(event for event in events if isinstance(event, PictureDrawn))
