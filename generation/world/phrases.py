"""The words and turns of phrase that captions are put together from, and the grammar of nouns."""

import re
from functools import cache

from generation.world.split import is_held_out

NUMBERS = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
SIZES = {"small": ("small", "small", "small", "tiny", "little"), "big": ("big", "big", "large", "large", "huge")}
QUOTES = ('""',) * 17 + ("“”", "“”", "「」")

RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "left of": ("left of", "to the left of", "to the left of", "on the left of", "on the left side of"),
    "right of": ("right of", "to the right of", "to the right of", "on the right of", "on the right side of"),
    "above": ("above", "above", "above", "over"),
    "below": ("below", "under", "beneath", "underneath"),
    "in front of": ("in front of",),
    "behind": ("behind",),
}
# {a} is left of, above or in front of {b}.
TWO_SIDES: dict[str, tuple[str, ...]] = {
    "left of": (
        "{a} on the left and {b} on the right",
        "{b} on the right and {a} on the left",
        "{a} on the left, {b} on the right",
        "on the left {a}, on the right {b}",
        "on the right {b} and on the left {a}",
        "{a} on the left side and {b} on the right side",
    ),
    "above": ("{a} above and {b} below", "{b} below and {a} above", "{a} above, {b} underneath"),
    "in front of": ("{a} in front and {b} behind", "{b} behind and {a} in front", "{a} in front, {b} behind"),
}

GROUNDS: dict[str, tuple[str, ...]] = {
    "grass": ("on grass", "on green grass", "on the grass", "in a meadow", "on a green lawn", "in a grassy field"),
    "desert": ("in the desert", "on sand", "in a desert", "on yellow sand", "on desert sand"),
    "snow": ("in the snow", "on snow", "on white snow", "in a snowy field"),
    "sea": ("on the sea", "on the water", "on the ocean", "at sea", "on blue water"),
    "wood": ("on a wooden floor", "on wood", "on a wooden table", "on wooden planks"),
    "brick": ("on bricks", "on a brick floor", "on red bricks", "on brick"),
    "marble": ("on a marble floor", "on marble", "on a glossy floor", "on a glossy marble floor", "on marble tiles"),
}
GROUND_NAMES: dict[str, tuple[str, ...]] = {
    "grass": ("grass", "green grass", "a meadow", "a green lawn", "a grassy field"),
    "desert": ("sand", "a desert", "desert sand", "a sandy desert"),
    "snow": ("snow", "white snow", "a snowy field"),
    "sea": ("the sea", "water", "the ocean", "blue water", "a calm sea"),
    "wood": ("a wooden floor", "wood", "wooden planks"),
    "brick": ("bricks", "a brick floor", "red bricks"),
    "marble": ("a marble floor", "a glossy floor", "a glossy marble floor", "marble tiles"),
}
SKIES: dict[str, tuple[str, ...]] = {
    "blue": ("under a blue sky", "under a bright blue sky", "under the blue sky", "with a blue sky"),
    "cloudy": ("under a cloudy sky", "under clouds", "under a gray sky", "under a grey cloudy sky", "on a cloudy day"),
    "sunset": ("at sunset", "under a sunset sky", "under an evening sky", "with a sunset sky", "at dusk"),
    "night": ("at night", "under a night sky", "under a starry sky", "under a starry night sky", "under a dark sky"),
    "city": (
        "with a city skyline",
        "with a city skyline in the background",
        "with the city in the background",
        "with a skyline in the background",
    ),
}
SKY_NAMES: dict[str, tuple[str, ...]] = {
    "blue": ("a blue sky", "blue sky", "a bright blue sky"),
    "cloudy": ("a cloudy sky", "clouds", "a gray sky", "an overcast sky"),
    "sunset": ("a sunset", "a sunset sky", "an evening sky"),
    "night": ("a night sky", "a starry sky", "a starry night sky"),
    "city": ("a city skyline", "a skyline", "the skyline of a city"),
}
# {a} is a colour with its article; the second form of each can stand alone.
PLAIN = (
    ("on ", "{a} background"),
    ("against ", "{a} background"),
    ("with ", "{a} background"),
    ("on ", "a plain {c} background"),
    ("against ", "a solid {c} backdrop"),
)
GRADIENT = (
    ("on ", "a gradient from {c} to {d}"),
    ("on ", "{a} to {d} gradient"),
    ("against ", "a background fading from {c} to {d}"),
    ("with ", "a gradient background from {c} at the top to {d} at the bottom"),
)
CHECKER = (
    ("on ", "{a} and {d} checkerboard"),
    ("on ", "{a} and {d} checkered background"),
    ("against ", "a chequered background in {c} and {d}"),
    ("on ", "a checkerboard of {c} and {d} squares"),
)
BACKDROPS = {"plain": PLAIN, "gradient": GRADIENT, "checker": CHECKER}

STYLE_OF: dict[str, tuple[str, ...]] = {
    "render": ("a 3d render of ", "a clean render of "),
    "photo": ("a photo of ", "a photo of ", "a photograph of ", "photo of ", "a 35mm photo of ", "an analog photo of "),
    "watercolour": (
        "a watercolour of ",
        "a watercolor of ",
        "a watercolor painting of ",
        "a watercolour painting of ",
        "watercolour of ",
    ),
    "pixel art": ("pixel art of ", "a pixel art picture of ", "8-bit pixel art of ", "an 8-bit picture of "),
    "poster": ("a poster of ", "a poster style picture of ", "a flat poster of "),
    "pencil": (
        "a pencil sketch of ",
        "a pencil drawing of ",
        "a pencil drawing of ",
        "pencil sketch of ",
        "a graphite drawing of ",
    ),
}
STYLE_TAGS: dict[str, tuple[str, ...]] = {
    "render": ("3d render", "clean render", "digital render"),
    "photo": ("35mm photo, film grain", "photo", "35mm photo", "film photo", "analog photo with film grain"),
    "watercolour": (
        "in watercolour style",
        "watercolour",
        "watercolor",
        "watercolor painting",
        "as a watercolour",
        "painted in watercolor",
    ),
    "pixel art": ("pixel art", "8-bit", "as pixel art", "pixel art style", "in 8-bit style", "retro pixel art"),
    "poster": ("poster style", "in poster style", "poster art", "as a poster", "in the style of a poster"),
    "pencil": ("pencil sketch", "pencil drawing", "as a pencil sketch", "in pencil", "drawn in pencil"),
}
ADVERBS = ("in ", "as ", "drawn ", "painted ")

BOARDS: dict[str, tuple[str, ...]] = {
    "sign": ("sign", "sign", "sign", "board", "signpost"),
    "label": ("label", "label", "tag", "sticker"),
    "poster": ("poster", "poster", "banner", "placard"),
}
# {b} is the board, {q} its text in quotes, {w} is "word" or "words".
WRITINGS = (
    "{b} that says {q}",
    "{b} that says {q}",
    "{b} saying {q}",
    "{b} with the {w} {q}",
    "{b} with the {w} {q}",
    "{b} reading {q}",
    "{b} that reads {q}",
    "{b} with the text {q}",
    "{b} with {q} written on it",
    "the {w} {q} on {b}",
    "{q} on {b}",
    "{q} written on {b}",
)

LIT = ("light from the {s}", "lit from the {s}", "light coming from the {s}", "light falls in from the {s}")
SHADOWS = ("long shadows to the {o}", "shadows falling to the {o}", "light from the {s} and long shadows to the {o}")
BEAMS = ("god rays", "light rays", "beams of light", "visible rays of light")
SUNBEAMS = (*BEAMS, "sunbeams", "sunbeams", "sun rays")
MIRRORED: dict[str, tuple[str, ...]] = {
    "sea": ("reflected in the water", "mirrored in the water", "with reflections in the water"),
    "marble": ("reflected in the glossy floor", "mirrored in the floor", "with reflections on the glossy floor"),
}

LEADS = (
    "a picture of ", "a picture of ", "an image of ", "draw ", "draw ", "please draw ", "draw me ", "create ", "make ",
    "an illustration of ", "generate an image of ", "show me ", "i want a picture of ", "picture of ", "image of ",
    "please make a picture of ", "could you please draw ", "i would like to see ", "imagine ",
)  # fmt: skip
ASKS = (  # before one that names its own style
    "draw ", "please draw ", "create ", "make me ", "i want ", "could you make ", "please make ", "generate ",
)  # fmt: skip
OPENINGS = (
    "please draw the following scene", "draw this scene for me", "i would like a picture of this scene",
    "could you please make this picture", "here is what the picture shows", "create an image as described here",
)  # fmt: skip
TAGS = (
    "highly detailed", "4k", "8k", "masterpiece", "best quality", "high resolution", "sharp focus", "beautiful",
    "high quality", "very detailed", "hd", "crisp", "clean composition", "award winning", "professional", "nice colors",
    "ultra detailed", "intricate details", "well composed", "stunning", "please", "good contrast", "tidy",
    "vivid", "lovely", "simple", "elegant", "trending", "wonderful composition", "fine details", "perfect", "uhd",
    "balanced composition", "great quality", "pretty", "charming", "neat", "superb", "amazing", "extremely sharp",
    "super high resolution", "carefully made", "wallpaper quality", "eye catching", "clear shapes", "rich colors",
)  # fmt: skip
SENTENCES = (
    "everything should be easy to recognize", "please make it look as nice as possible", "it is highly detailed",
    "the whole picture is calm and clear", "nothing else should be in the picture", "thank you very much",
    "please keep the composition clean", "high quality and sharp focus please", "the shapes are simple and clear",
    "i would like it to look really beautiful", "make it a masterpiece in 4k", "take your time with the details",
    "it should look clean and tidy", "it should look good on a wall", "keep the edges crisp and the shapes neat",
    "it is meant for small children", "the picture has a friendly mood", "the colors are clear and easy to tell",
    "please pay attention to every detail", "it should feel peaceful", "the composition is balanced and pleasant",
    "please do not add anything else to it", "the picture should be easy to understand at first glance",
    "i will use it for a small project", "my daughter would love to see this", "best quality, 8k",
)  # fmt: skip


def _places() -> dict[tuple[str, str], tuple[str, ...]]:
    """Phrases for (row, column) as scene.region names them; "" is for what differs between the objects of a group."""
    places: dict[tuple[str, str], tuple[str, ...]] = {
        ("middle", "center"): ("in the middle", "in the center", "in the middle of the picture", "at the center"),
    }
    for side in ("left", "right"):
        alone = (f"on the {side}", f"on the {side} side", f"at the {side}", f"on the {side} of the picture")
        places["", side] = places["middle", side] = alone
    for row, other in (("top", "upper"), ("bottom", "lower")):
        places[row, ""] = (f"at the {row}", f"near the {row}", f"in the {other} part")
        places[row, "center"] = (*places[row, ""], f"at the {row} center", f"in the middle at the {row}")
        for side in ("left", "right"):
            corner = f"{row} {side}"
            exact = (f"in the {corner}", f"near the {corner} corner", f"in the {other} {side}", f"at the {corner}")
            places[row, side] = (f"in the {corner} corner", *exact, f"at the {row}", f"on the {side}")
    return places


PLACES = _places()

_IRREGULAR = {
    "fish": "fish", "sheep": "sheep", "deer": "deer", "shrimp": "shrimp", "squid": "squid", "mouse": "mice",
    "foot": "feet", "tooth": "teeth", "ox": "oxen", "leaf": "leaves", "wolf": "wolves", "knife": "knives",
    "cactus": "cacti", "potato": "potatoes", "tomato": "tomatoes", "mango": "mangoes", "volcano": "volcanoes",
    "bison": "bison", "bread": "breads", "scarf": "scarves", "die": "dice", "octopus": "octopuses", "bus": "buses",
    "minibus": "minibuses", "trolleybus": "trolleybuses", "hibiscus": "hibiscuses", "compass": "compasses",
}  # fmt: skip
_HEAD = re.compile(r"(.+?)( (?:of|with|without|on|in|at|over|facing|holding|to)\b.*)")
_LIKE_YOU = ("uni", "euro", "one ", "uke")


@cache
def plural(name: str) -> str:
    """More than one of it; what is many already ("grapes") stays."""
    if head := _HEAD.fullmatch(name):
        return plural(head[1]) + head[2]
    before, space, last = name.rpartition(" ")
    return before + space + (_IRREGULAR.get(last) or _regular(last))


def _regular(word: str) -> str:
    if word.endswith(("ss", "sh", "ch", "x", "z")):
        return word + "es"
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


@cache
def with_article(words: str) -> str:
    """`words` after "a" or "an"; what is many already goes without."""
    head = _HEAD.fullmatch(words)
    last = (head[1] if head else words).rpartition(" ")[2]
    if last.endswith("s") and plural(last) == last:
        return words
    vowel = words[0] in "aeiou8" and not words.startswith(_LIKE_YOU)
    return ("an " if vowel or words.startswith(("hour", "x ray")) else "a ") + words


@cache
def may_say(thing: str, colour: str) -> bool:
    """Whether training may see this thing called by this colour."""
    return not is_held_out("colour", thing, colour)
