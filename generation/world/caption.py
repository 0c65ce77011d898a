"""Say what a scene shows, in the many ways people type a prompt."""

import random

from generation.world.scene import Backdrop, Item, Scene

GROUND_WORDS: dict[str, tuple[str, ...]] = {
    "grass": ("green grass", "grass", "a meadow"),
    "sand": ("sand", "the beach", "desert sand"),
    "snow": ("snow", "white snow"),
    "sea": ("the sea", "blue water", "the ocean"),
    "wood": ("a wooden floor", "a wooden table", "wood"),
    "brick": ("bricks", "a brick floor"),
}
SKY_WORDS: dict[str, tuple[str, ...]] = {
    "blue": ("a blue sky", "a clear blue sky"),
    "cloudy": ("a cloudy sky", "clouds", "a gray sky"),
    "sunset": ("a sunset sky", "an orange sunset", "a sunset"),
    "night": ("a night sky", "the stars", "a starry night"),
}


def caption(scene: Scene, rng: random.Random) -> str:
    """One caption of the scene; another `rng` gives another phrasing of the same truth."""
    parts = [_items(scene, rng), _backdrop(scene.backdrop, rng, needed=not scene.items)]
    text = _join([part for part in parts if part], rng)
    lead = rng.choices(("", "a picture of ", "draw ", "a photo of ", "an image of "), weights=(70, 8, 8, 7, 7))[0]
    text = lead + text
    if rng.random() < 0.25:
        text = text[0].upper() + text[1:]
    return text + rng.choices(("", "."), weights=(4, 1))[0]


def _join(parts: list[str], rng: random.Random) -> str:
    if len(parts) == 2 and parts[1].startswith(("under", "on ", "in front")):
        return " ".join(parts) if rng.random() < 0.7 else ", ".join(parts)
    return ", ".join(parts)


def _items(scene: Scene, rng: random.Random) -> str:
    items = list(scene.items)
    if not items:
        return ""
    if len(items) == 1:
        return _one(items[0], rng)
    if len(items) == 2:
        return _two(items[0], items[1], rng)
    listed = sorted(items, key=lambda item: item.x)
    if rng.random() < 0.5:
        return f"{noun(listed[0], rng)}, {noun(listed[1], rng)} and {noun(listed[2], rng)}" + rng.choice(
            ("", " in a row", " from left to right")
        )
    words = ("on the left", "in the middle", "on the right")
    pairs = [f"{noun(item, rng)} {place}" for item, place in zip(listed, words, strict=True)]
    rng.shuffle(pairs)
    return ", ".join(pairs)


def noun(item: Item, rng: random.Random) -> str:
    """The item with its article, size and colour; a thing's own colour is named now and then too."""
    colour = item.colour or (item.thing.own_colour if rng.random() < 0.35 else None)
    size = item.size and (item.size if item.size == "small" else rng.choice(("big", "large")))
    words = [word for word in (size, colour) if word] + [rng.choice(item.thing.names)]
    article = "an" if words[0][0] in "aeiou" else "a"
    return " ".join([article, *words])


def place(item: Item) -> str:
    """left, right or center by the item's x."""
    return "left" if item.x < 0.42 else "right" if item.x > 0.58 else "center"


def _one(item: Item, rng: random.Random) -> str:
    phrases = {
        "left": (" on the left", " on the left side", " at the left"),
        "right": (" on the right", " on the right side", " at the right"),
        "center": (" in the middle", " in the center", ""),
    }[place(item)]
    return noun(item, rng) + (rng.choice(phrases) if rng.random() < 0.8 else "")


def _two(first: Item, second: Item, rng: random.Random) -> str:
    if rng.random() < 0.5:
        first, second = second, first
    if abs(first.y - second.y) > 0.3:
        relation = "above" if first.y < second.y else rng.choice(("below", "under"))
    else:
        relation = "to the left of" if first.x < second.x else "to the right of"
    style = rng.random()
    if style < 0.5:
        return f"{noun(first, rng)} {relation} {noun(second, rng)}"
    if style < 0.75 and relation.startswith("to the"):
        sides = ("left", "right") if first.x < second.x else ("right", "left")
        return f"{noun(first, rng)} on the {sides[0]} and {noun(second, rng)} on the {sides[1]}"
    return f"{noun(first, rng)} {rng.choice(('and', 'next to', 'with'))} {noun(second, rng)}"


def _backdrop(backdrop: Backdrop, rng: random.Random, *, needed: bool) -> str:
    if not needed and rng.random() < 0.12:
        return ""
    if backdrop.kind != "outdoor":
        return _indoor(backdrop, rng)
    ground, sky = rng.choice(GROUND_WORDS[backdrop.ground]), rng.choice(SKY_WORDS[backdrop.sky])
    if needed:
        return rng.choice((f"{sky} over {ground}", f"{sky} above {ground}", f"{ground} under {sky}"))
    return rng.choice((f"on {ground} under {sky}", f"on {ground}", f"under {sky}", f"{sky} over {ground}"))


def _indoor(backdrop: Backdrop, rng: random.Random) -> str:
    first, *rest = backdrop.colours
    article = "an" if first[0] in "aeiou" else "a"
    if backdrop.kind == "plain":
        return rng.choice((f"on {article} {first} background", f"{article} {first} background", f"{first} background"))
    if backdrop.kind == "gradient":
        return f"{article} gradient from {first} to {rest[0]}".replace("an gradient", "a gradient")
    return rng.choice((f"a {first} and {rest[0]} checkerboard", f"on a {first} and {rest[0]} checkered background"))
