"""Pictures to show what the weights can do, drawn by the engine as it serves, nothing picked."""

import io
from pathlib import Path

from PIL import Image

from generation.serving.engine import Engine
from generation.serving.model import DrawRequest, PictureDrawn

SIDE = 256
SHOWN = 128  # pixels of a picture on the contact sheet
SEEDS = range(16)
EVERYDAY = (
    "a red apple on the left on green grass under a blue sky",
    "three blue cars on sand",
    "a cat to the left of a tree under a night sky",
    'a yellow sign that says "OPEN"',
    "a green book and a purple balloon on a white background",
    "a penguin in front of a house on snow",
    'a white poster with the word "사랑" and a pink heart',
    "a watercolour of a sailboat on the sea at sunset",
)
"""One row of the contact sheet each, one column a seed."""
WALL = (
    "a red apple on green grass under a blue sky",
    'a yellow sign that says "HELLO"',
    "a dog in the middle on sand under a sunset sky",
    "three blue cars on a wooden floor",
    "a big purple balloon on a white background",
    "a tree and a house on grass under a cloudy sky",
    "a rocket above the sea under a night sky, mirrored in the water",
    "a watercolour of a pink umbrella",
    "a sailboat on the sea under a blue sky",
    "a cat in front of a castle on snow",
    'a white poster with the word "사랑"',
    "five yellow stars under a night sky",
    "a penguin, a strawberry and a gift in a row",
    "pixel art of a robot on grass",
    "a lion to the left of an elephant on sand, light from the left, sunbeams",
    'a green label with the word "Привет"',
)
"""The pictures that visitors see."""


def contact_sheet(engine: Engine, path: Path) -> None:
    """The everyday prompts, sixteen seeds each."""
    sheet = Image.new("RGB", (len(SEEDS) * SHOWN, len(EVERYDAY) * SHOWN))
    for row, prompt in enumerate(EVERYDAY):
        for picture in draw(engine, prompt, seeds=tuple(SEEDS), side=SIDE):
            small = Image.open(io.BytesIO(picture.png)).resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
            sheet.paste(small, (picture.seed * SHOWN, row * SHOWN))
    sheet.save(path, quality=85)


def draw(engine: Engine, prompt: str, *, seeds: tuple[int, ...], side: int) -> list[PictureDrawn]:
    """Square pictures of `side` pixels in mode quality, in the order of their seeds."""
    request = DrawRequest(prompt, "quality", side, side, seeds, previews=False)
    events = engine.draw(request, should_stop=lambda: False)
    return sorted((event for event in events if isinstance(event, PictureDrawn)), key=lambda event: event.index)
