"""A scene as data: what is where, before anything is drawn or said. The same seed gives the same scene."""

import random
from dataclasses import dataclass

from generation.world.vocabulary import COLOURS, GROUNDS, PLACES, SIZES, SKIES, THINGS, TINTS, Thing


@dataclass(frozen=True)
class Item:
    """One object: centre (x, y) and side as shares of the picture's width, in the order of drawing."""

    thing: Thing
    colour: str | None
    size: str
    x: float
    y: float
    side: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom as shares of the picture."""
        half = self.side / 2
        return (self.x - half, self.y - half, self.x + half, self.y + half)


@dataclass(frozen=True)
class Backdrop:
    """`kind` is outdoor (sky over ground), plain, gradient or checker; colours are names of the vocabulary."""

    kind: str
    sky: str = ""
    ground: str = ""
    colours: tuple[str, ...] = ()
    horizon: float = 0.6


@dataclass(frozen=True)
class Scene:
    seed: int
    backdrop: Backdrop
    items: tuple[Item, ...]


def sample_scene(seed: int) -> Scene:
    """A random scene of zero to three objects on a random backdrop."""
    rng = random.Random(seed)
    backdrop = _sample_backdrop(rng)
    n_items = rng.choices((0, 1, 2, 3), weights=(6, 46, 34, 14))[0]
    return Scene(seed, backdrop, tuple(_sample_items(rng, n_items, backdrop)))


def _sample_backdrop(rng: random.Random) -> Backdrop:
    kind = rng.choices(("outdoor", "plain", "gradient", "checker"), weights=(60, 26, 8, 6))[0]
    if kind == "outdoor":
        horizon = rng.uniform(0.52, 0.68)
        return Backdrop(kind, rng.choice(SKIES), rng.choice(GROUNDS), horizon=horizon)
    count = 1 if kind == "plain" else 2
    return Backdrop(kind, colours=tuple(rng.sample(sorted(COLOURS), count)))


def _sample_items(rng: random.Random, n_items: int, backdrop: Backdrop) -> list[Item]:
    places = rng.sample(PLACES, n_items) if n_items > 1 else [rng.choices(PLACES, weights=(3, 4, 3))[0]] * n_items
    vertical = n_items == 2 and rng.random() < 0.2
    rows = rng.sample((0.27, 0.73), 2) if vertical else []
    items: list[Item] = []
    for number, place in enumerate(places):
        size = rng.choices(tuple(SIZES), weights=(2, 6, 2 if n_items < 3 else 0))[0]
        side = SIZES[size] * rng.uniform(0.94, 1.06)
        x = _column(rng, place, n_items, side)
        y = rng.uniform(0.5, 0.66)
        if vertical:
            x, y = rng.uniform(0.4, 0.6), rows[number]
        items.append(Item(_sample_thing(rng, items), _sample_colour(rng), size, x, y, side))
    return sorted(items, key=lambda item: item.y)


def _column(rng: random.Random, place: str, n_items: int, side: float) -> float:
    spread = 0.30 if n_items == 3 else 0.25
    centre = {"left": 0.5 - spread, "center": 0.5, "right": 0.5 + spread}[place]
    return min(max(centre + rng.uniform(-0.03, 0.03), side / 2), 1 - side / 2)


def _sample_thing(rng: random.Random, so_far: list[Item]) -> Thing:
    """Often the same thing again, so that colours and places must be told apart by binding, not by kind."""
    if so_far and rng.random() < 0.12:
        return so_far[0].thing
    return rng.choice(THINGS)


def _sample_colour(rng: random.Random) -> str | None:
    return rng.choice(TINTS) if rng.random() < 0.45 else None
