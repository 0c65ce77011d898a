"""The words of the world: every object, colour, ground and sky that a scene may show and a caption may name."""

from dataclasses import dataclass

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
    _thing("mushroom|toadstool", "🍄", "red"),
    _thing("tree", "🌳", "green"),
    _thing("pine tree|fir tree", "🌲", "green"),
    _thing("cactus", "🌵", "green"),
    _thing("sunflower", "🌻", "yellow"),
    _thing("tulip", "🌷", "pink"),
    _thing("dog", "🐶", "brown"),
    _thing("cat", "🐱", "orange"),
    _thing("rabbit|bunny", "🐰"),
    _thing("pig", "🐷", "pink"),
    _thing("lion", "🦁", "orange"),
    _thing("penguin", "🐧"),
    _thing("elephant", "🐘", "gray"),
    _thing("horse", "🐴", "brown"),
    _thing("fish", "🐟", "blue"),
    _thing("turtle|tortoise", "🐢", "green"),
    _thing("butterfly", "🦋", "blue"),
    _thing("car", "🚗", "red"),
    _thing("bus", "🚌", "orange"),
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
    _thing("key", "🔑", "yellow"),
    _thing("clock|alarm clock", "⏰", "red"),
    _thing("guitar", "🎸", "red"),
    _thing("book", "📕", "red"),
    _thing("cake", "🎂"),
    _thing("pizza|slice of pizza", "🍕", "yellow"),
    _thing("star", "⭐", "yellow"),
    _thing("heart", "❤️", "red"),
    _thing("moon|crescent moon", "🌙", "yellow"),
)

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

GROUNDS: tuple[str, ...] = ("grass", "sand", "snow", "sea", "wood", "brick")
SKIES: tuple[str, ...] = ("blue", "cloudy", "sunset", "night")
PLACES: tuple[str, ...] = ("left", "center", "right")
SIZES: dict[str, float] = {"small": 0.22, "": 0.33, "big": 0.48}
