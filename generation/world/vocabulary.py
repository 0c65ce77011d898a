"""The words of the world: every object, colour, ground, sky and style that a scene may show and a caption may name."""

import unicodedata
from dataclasses import dataclass
from functools import cache

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class Thing:
    """An object with its glyph in the Noto colour-emoji font and the names people use for it."""

    names: tuple[str, ...]
    glyph: str
    own_colour: str | None = None

    @property
    def name(self) -> str:
        return self.names[0]


def _thing(names: str, glyph: str, own_colour: str | None = None) -> Thing:
    return Thing(tuple(names.split("|")), glyph, own_colour)


THINGS: tuple[Thing, ...] = (
    _thing("apple", "🍎", "red"),
    _thing("banana", "🍌", "yellow"),
    _thing("orange|tangerine", "🍊", "orange"),
    _thing("lemon", "🍋", "yellow"),
    _thing("strawberry", "🍓", "red"),
    _thing("pear", "🍐", "green"),
    _thing("pineapple", "🍍"),
    _thing("carrot", "🥕", "orange"),
    _thing("mushroom|toadstool", "🍄", "red"),
    _thing("tree", "🌳", "green"),
    _thing("pine tree|fir tree", "🌲", "green"),
    _thing("cactus", "🌵", "green"),
    _thing("sunflower", "🌻", "yellow"),
    _thing("tulip", "🌷", "pink"),
    _thing("dog|puppy", "🐶", "brown"),
    _thing("cat|kitten", "🐱", "orange"),
    _thing("rabbit|bunny", "🐰"),
    _thing("pig", "🐷", "pink"),
    _thing("lion", "🦁", "orange"),
    _thing("bear", "🐻", "brown"),
    _thing("cow", "🐮"),
    _thing("frog", "🐸", "green"),
    _thing("penguin", "🐧"),
    _thing("owl", "🦉", "brown"),
    _thing("duck", "🦆"),
    _thing("elephant", "🐘", "gray"),
    _thing("horse", "🐴", "brown"),
    _thing("fish", "🐟", "blue"),
    _thing("whale", "🐳", "blue"),
    _thing("octopus", "🐙", "red"),
    _thing("crab", "🦀", "red"),
    _thing("turtle|tortoise", "🐢", "green"),
    _thing("butterfly", "🦋", "blue"),
    _thing("car", "🚗", "red"),
    _thing("bus", "🚌", "orange"),
    _thing("truck|lorry", "🚚"),
    _thing("bicycle|bike", "🚲"),
    _thing("rocket", "🚀"),
    _thing("airplane|plane", "✈️"),
    _thing("sailboat|boat", "⛵"),
    _thing("house", "🏠"),
    _thing("castle", "🏰"),
    _thing("tent", "⛺"),
    _thing("soccer ball|football", "⚽"),
    _thing("balloon", "🎈", "red"),
    _thing("gift|present", "🎁", "yellow"),
    _thing("umbrella", "☂️", "purple"),
    _thing("cup|mug", "☕"),
    _thing("hat|top hat", "🎩", "black"),
    _thing("crown", "👑", "yellow"),
    _thing("key", "🔑", "yellow"),
    _thing("clock|alarm clock", "⏰", "red"),
    _thing("camera", "📷"),
    _thing("robot", "🤖"),
    _thing("guitar", "🎸", "red"),
    _thing("book", "📕", "red"),
    _thing("cake", "🎂"),
    _thing("donut|doughnut", "🍩"),
    _thing("ice cream|ice cream cone", "🍦"),
    _thing("hamburger|burger", "🍔"),
    _thing("pizza|slice of pizza", "🍕", "yellow"),
    _thing("star", "⭐", "yellow"),
    _thing("heart", "❤️", "red"),
    _thing("moon|crescent moon", "🌙", "yellow"),
)

_BLOCKS = (  # of Unicode, where the font draws things rather than signs, hands and people
    (0x1F300, 0x1F320), (0x1F32D, 0x1F393), (0x1F399, 0x1F39B), (0x1F39E, 0x1F3F0), (0x1F400, 0x1F43F),
    (0x1F451, 0x1F463), (0x1F488, 0x1F4FD), (0x1F526, 0x1F52E), (0x1F680, 0x1F6FC), (0x1F947, 0x1F9CA),
    (0x1F9E0, 0x1F9FF), (0x1FA70, 0x1FAAD), (0x1FAD0, 0x1FADB),
)  # fmt: skip


@cache
def many_things() -> tuple[Thing, ...]:
    """The things of the large recipe: the ones above, then every other object of the font by its Unicode name."""
    known = {thing.glyph[0] for thing in THINGS}
    names = {name for thing in THINGS for name in thing.names}
    more = []
    for first, last in _BLOCKS:
        for point in range(first, last + 1):
            name = (
                unicodedata.name(chr(point), "").lower().replace(" face", "").replace("-", " ").replace(" symbol", "")
            )
            if name and chr(point) not in known and name not in names and len(name) < 30:
                names.add(name)
                more.append(Thing((name,), chr(point)))
    return THINGS + tuple(more)


COLOURS: dict[str, RGB] = {
    "red": (0.86, 0.12, 0.14),
    "orange": (0.97, 0.52, 0.08),
    "yellow": (0.98, 0.83, 0.16),
    "green": (0.18, 0.62, 0.22),
    "blue": (0.14, 0.38, 0.86),
    "purple": (0.50, 0.20, 0.70),
    "pink": (0.98, 0.48, 0.68),
    "brown": (0.50, 0.30, 0.16),
    "black": (0.12, 0.12, 0.14),
    "white": (0.96, 0.96, 0.96),
    "gray": (0.52, 0.54, 0.56),
}
TINTS: tuple[str, ...] = ("red", "orange", "yellow", "green", "blue", "purple", "pink")
BOARDS: tuple[str, ...] = ("white", "yellow", "red", "green", "blue", "black")
DARK_INK = ("white", "yellow", "orange", "pink", "gray")  # boards that are written on in black; the others in white

GROUNDS: tuple[str, ...] = ("grass", "desert", "snow", "sea", "wood", "brick", "marble")
GLOSSY: tuple[str, ...] = ("sea", "marble")
SKIES: tuple[str, ...] = ("blue", "cloudy", "sunset", "night", "city")
STYLES: tuple[str, ...] = ("render", "photo", "watercolour", "pixel art", "poster", "pencil")
RELATIONS: tuple[str, ...] = ("left of", "right of", "above", "below", "in front of", "behind")
INVERSE = {"left of": "right of", "above": "below", "in front of": "behind"}
INVERSE |= {there: here for here, there in INVERSE.items()}
