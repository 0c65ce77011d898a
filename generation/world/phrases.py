"""The words that captions are made of."""

GROUND_WORDS: dict[str, tuple[str, ...]] = {
    "grass": ("green grass", "grass", "a meadow", "a lawn"),
    "desert": ("sand", "desert sand", "the desert", "a sandy desert"),
    "snow": ("snow", "white snow", "fresh snow"),
    "sea": ("the sea", "the ocean", "blue water", "water"),
    "wood": ("a wooden floor", "a wooden table", "wood", "wooden planks"),
    "brick": ("bricks", "a brick floor", "red bricks"),
    "marble": ("a marble floor", "a glossy floor", "marble", "a polished stone floor"),
}
SKY_WORDS: dict[str, tuple[str, ...]] = {
    "blue": ("a blue sky", "a clear blue sky", "a sunny sky"),
    "cloudy": ("a cloudy sky", "clouds", "a gray sky"),
    "sunset": ("a sunset sky", "an orange sunset", "a sunset", "the evening sky"),
    "night": ("a night sky", "the stars", "a starry night", "a dark sky with stars"),
    "city": ("a city skyline", "city buildings", "skyscrapers", "a city"),
}
STYLE_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # what stands before, what stands after
    "render": (
        ("a picture of ", "an image of ", "draw ", "a 3d render of ", "please draw ", "show me "),
        (", clean render", ", 3d render", ", digital art"),
    ),
    "photo": (
        ("a photo of ", "a film photo of ", "a photograph of ", "an analog photo of "),
        (", 35mm photo, film grain", ", film photo", ", photo with film grain", ", analog photograph"),
    ),
    "watercolour": (
        ("a watercolour of ", "a watercolor painting of ", "a watercolour painting of "),
        (" in watercolour style", ", watercolor", ", watercolour on rough paper"),
    ),
    "pixel art": (
        ("pixel art of ", "an 8-bit picture of "),
        (", pixel art", " in pixel art style", ", 8-bit pixel art"),
    ),
    "poster": (
        ("a poster style picture of ", "a flat poster of ", "a screen print of "),
        (", poster style", " in poster style", ", bold flat poster colours"),
    ),
    "pencil": (
        ("a pencil drawing of ", "a pencil sketch of ", "a sketch of "),
        (", pencil drawing", " in pencil style", ", black and white pencil sketch"),
    ),
}
SIZE_WORDS = {"small": ("small", "little", "tiny"), "big": ("big", "large", "huge")}
COUNTS = ("", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
BOARD_WORDS: dict[str, tuple[str, ...]] = {
    "sign": ("sign", "board", "signpost", "road sign"),
    "label": ("label", "tag", "sticker"),
    "poster": ("poster", "banner", "placard"),
}
SAYING = ("that says", "saying", "that reads", "with the word", "with the text", "reading", "with")
RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "left of": ("to the left of", "left of", "on the left of"),
    "right of": ("to the right of", "right of", "on the right of"),
    "above": ("above", "over"),
    "below": ("below", "under", "beneath"),
    "in front of": ("in front of",),
    "behind": ("behind",),
}
AT: dict[tuple[str, str], tuple[str, ...]] = {
    ("top", "left"): ("in the top left corner", "at the top left"),
    ("top", "center"): ("at the top", "near the top"),
    ("top", "right"): ("in the top right corner", "at the top right"),
    ("middle", "left"): ("on the left", "on the left side"),
    ("middle", "center"): ("in the middle", "in the center"),
    ("middle", "right"): ("on the right", "on the right side"),
    ("bottom", "left"): ("in the bottom left corner", "at the bottom left"),
    ("bottom", "center"): ("at the bottom", "near the bottom"),
    ("bottom", "right"): ("in the bottom right corner", "at the bottom right"),
}
LIGHT_WORDS = {"left": "right", "right": "left"}  # where shadows fall
BEAMS = ("sunbeams", "rays of light", "god rays", "visible light beams")
MIRROR = ("mirrored in the {}", "reflected in the {}", "with a reflection")
FILLER = (
    "highly detailed", "masterpiece", "best quality", "4k", "sharp focus", "beautiful composition", "trending",
    "very nice", "professional", "vivid colours", "award winning", "for my daughter's room", "thank you",
    "make it look good", "no people", "I need this for a presentation", "as nice as you can", "simple and clear",
    "nothing else in the picture", "like in a children's book",
)  # fmt: skip
_IRREGULAR = {"fish": "fish", "cactus": "cacti", "mouse": "mice", "goose": "geese", "sheep": "sheep", "knife": "knives"}


def plural(name: str) -> str:
    """More than one of it."""
    head, of, rest = name.partition(" of ")
    first, _, last = head.rpartition(" ")
    if last in _IRREGULAR:
        many = _IRREGULAR[last]
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        many = last[:-1] + "ies"
    elif last.endswith(("s", "x", "ch", "sh")):
        many = last + "es"
    else:
        many = last + "s"
    return (first + " " if first else "") + many + of + rest


def article(word: str) -> str:
    return ("an " if word[0] in "aeiou" and not word.startswith("uni") else "a ") + word
