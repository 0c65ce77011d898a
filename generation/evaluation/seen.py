"""What is seen in a picture, whether by the truth of a scene or by the detector's eye."""

from dataclasses import dataclass

from generation.world.scene import Scene
from generation.world.vocabulary import COLOURS

UNNAMED = ""  # the colour of a thing whose own colours have no single name
COLOUR_NAMES = (UNNAMED, *COLOURS)


@dataclass(frozen=True)
class Seen:
    """One object. Centre (y, x) and side are in positions; `hidden` says that another stands before a part of it."""

    thing: str
    colour: str
    centre: tuple[float, float]
    side: float
    hidden: bool = False
    score: float = 1.0

    def overlaps(self, other: "Seen") -> bool:
        reach = (self.side + other.side) / 2
        return all(abs(here - there) < reach for here, there in zip(self.centre, other.centre, strict=True))


def truth(scene: Scene) -> list[Seen]:
    """The objects of a scene as a perfect eye would see them."""
    items = scene.items
    return [
        Seen(
            group.thing.name,
            group.colour or group.thing.own_colour or UNNAMED,
            place.centre,
            place.span,
            hidden=any(place.overlaps(later) for _, later in items[number + 1 :]),
        )
        for number, (group, place) in enumerate(items)
    ]
