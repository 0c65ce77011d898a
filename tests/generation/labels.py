"""A moderator as somebody might add one: a classifier that knows two classes."""

import io
from collections.abc import Mapping

from PIL import Image

from generation.services.moderation.engine import RuleEngine


class ColourBlind(RuleEngine):
    """Sure of "red" where a picture is red, and of "loud" where a prompt shouts."""

    def classes_of_prompt(self, prompt: str) -> Mapping[str, float]:
        return {"loud": float(prompt.isupper())}

    def classes_of_picture(self, png: bytes) -> Mapping[str, float]:
        with Image.open(io.BytesIO(png)) as image:
            return {"red": image.convert("RGB").getpixel((0, 0))[0] / 255}  # type: ignore[index]
