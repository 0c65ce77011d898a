"""Scenes that show exactly what a prompt asks for: the ground truth that gives every score its ceiling."""

import random
from dataclasses import replace

from generation.evaluation.asked import Prompt, agrees
from generation.evaluation.seen import truth
from generation.world.sampling import SPANS, board_places
from generation.world.scene import SQUARE, Backdrop, Group, Place, Scene, Writing
from generation.world.vocabulary import BOARDS, COLOURS, GROUNDS, SKIES, THINGS

BY_NAME = {thing.name: thing for thing in THINGS}
ATTEMPTS = 300
ROWS, COLUMNS = SQUARE


def staged(prompt: Prompt, seed: int) -> Prompt:
    """The prompt with a scene of its own, or as it is where the world cannot show it on its grid."""
    rng = random.Random(seed)
    for _ in range(ATTEMPTS):
        scene = _attempt(prompt, seed, rng)
        if scene is not None and agrees(prompt, truth(scene)):
            return replace(prompt, scene=scene)
    return prompt


def _attempt(prompt: Prompt, seed: int, rng: random.Random) -> Scene | None:
    writing = _writing(prompt, rng)
    if prompt.written and writing is None:
        return None
    taken = _board(writing)
    places: dict[int, list[Place]] = {}
    span = _span(prompt, rng)
    for number in _order(prompt):
        partner = _partner(prompt, number)
        if partner in places:
            placed = [_before(places[partner][0], rng)]
        else:  # who is hidden in part is big
            placed = _free(prompt.include[number].count, span if partner is None else SPANS["big"], taken, rng)
        if not placed:
            return None
        places[number] = placed
        taken += placed
    groups = tuple(_group(prompt, number, tuple(places[number])) for number in _order(prompt))
    style = prompt.style or "render"
    return Scene(seed, _backdrop(groups, rng), groups, writing=writing, style=style)


def _group(prompt: Prompt, number: int, places: tuple[Place, ...]) -> Group:
    wanted = prompt.include[number]
    thing = BY_NAME[wanted.thing]
    colour = wanted.colour if wanted.colour != thing.own_colour else ""
    return Group(thing, colour or None, "", places)


def _span(prompt: Prompt, rng: random.Random) -> int:
    """Positions that a thing is wide: fewer when many must find room."""
    count = sum(wanted.count for wanted in prompt.include)
    if prompt.written or count > 4:
        return SPANS["small"]
    return rng.choice((SPANS[""], SPANS["big"] if count == 1 else SPANS["small"]))


def _order(prompt: Prompt) -> list[int]:
    """Entries from the farthest to the nearest."""
    order = list(range(len(prompt.include)))
    for number, wanted in enumerate(prompt.include):
        name, target = wanted.position or ("", number)
        front, back = (number, target) if name == "in front of" else (target, number)
        if name in ("in front of", "behind") and order.index(front) < order.index(back):
            order.remove(back)
            order.insert(order.index(front), back)
    return order


def _free(count: int, span: int, taken: list[Place], rng: random.Random) -> list[Place]:
    """Places for so many, or none where there is no room for all."""
    found: list[Place] = []
    for _ in range(40 * count):
        place = Place(rng.randint(0, ROWS - span), rng.randint(0, COLUMNS - span), span)
        if not any(place.overlaps(other) for other in (*taken, *found)):
            found.append(place)
        if len(found) == count:
            return found
    return []


def _partner(prompt: Prompt, number: int) -> int | None:
    """The entry that this one stands before or behind."""
    for here, wanted in enumerate(prompt.include):
        name, target = wanted.position or ("", here)
        if name in ("in front of", "behind") and number in (here, target):
            return target if number == here else here
    return None


def _before(back: Place, rng: random.Random) -> Place:
    """A place that hides a lower corner of another."""
    span = SPANS[""]
    left = rng.choice((back.left - span // 2, back.left + back.span - span // 2 - 1))
    return Place(min(back.top + 2, ROWS - span), min(max(left, 0), COLUMNS - span), span)


def _writing(prompt: Prompt, rng: random.Random) -> Writing | None:
    lines = tuple(prompt.written.split())
    if not lines:
        return None
    draft = Writing(rng.choice(("sign", "label", "poster")), prompt.script, lines, rng.choice(BOARDS), 0, 0)
    if draft.width > COLUMNS - 2 or len(lines) > ROWS // 2:
        return None
    top, left = rng.randint(1, ROWS // 2 - len(lines) + 1), rng.randint(1, COLUMNS - 1 - draft.width)
    return replace(draft, top=top, left=left)


def _board(writing: Writing | None) -> list[Place]:
    if writing is None:
        return []
    return board_places(writing.top, writing.left, writing.width, len(writing.lines) + 2 * (writing.kind == "sign"))


def _backdrop(groups: tuple[Group, ...], rng: random.Random) -> Backdrop:
    """Plain ones in a colour that nothing has, as yellow on yellow cannot be seen."""
    if rng.random() < 0.6:
        return Backdrop(
            "outdoor", rng.choice(SKIES), rng.choice(GROUNDS), horizon=rng.choice((ROWS // 2, ROWS // 2 + 1))
        )
    used = {group.colour or group.thing.own_colour for group in groups}
    return Backdrop("plain", colours=(rng.choice([name for name in COLOURS if name not in used]),))
