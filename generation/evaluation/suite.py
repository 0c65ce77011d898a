"""AuroraBench's own prompts: drawn by a seed from the world's vocabulary, on both sides of the split."""

import random
from collections.abc import Callable, Iterator
from itertools import count

from generation.evaluation.asked import Prompt, Wanted
from generation.evaluation.seen import truth
from generation.evaluation.staging import staged
from generation.world.caption import caption
from generation.world.phrases import plural
from generation.world.sampling import sample_scene
from generation.world.scene import Scene
from generation.world.split import is_held_out
from generation.world.vocabulary import RELATIONS, STYLES, THINGS, TINTS, Thing
from generation.world.words import sample_word

GENEVAL = ("single", "two", "counting", "colours", "position", "binding")
LENGTHS = {3: 100, 6: 300, 9: 600, 12: 1000}  # named objects: characters that the prompt aims at
SCENES_FROM = 3_900_000_000  # seeds of scenes that nothing was trained on, neither the model nor its judges
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
BETWEEN = {"left of": "to the left of", "right of": "to the right of"}  # the other relations are said by their names
STYLED = {
    "photo": "a photo of ",
    "watercolour": "a watercolour of ",
    "pixel art": "pixel art of ",
    "poster": "a poster style picture of ",
    "pencil": "a pencil drawing of ",
}
LEADS = ("", "", "a picture of ", "draw ", "show me ")


def prompts(task: str, n: int, seed: int, *, held_out: bool) -> list[Prompt]:
    """`n` different prompts of a task of GENEVAL, or of "many" (five or six of a thing) or "style", with scenes.

    Each of the held-out ones has a combination that training never shows: a thing's style (single, style), a thing's
    colour (two, counting, many, colours, binding), a relation of two things (position). The seen ones have none.
    """
    rng = random.Random(f"{task} {seed} {held_out}")
    make = _MAKERS[task]
    found: dict[str, Prompt] = {}
    for number in count():
        prompt = staged(make(_Dice(rng, held_out)), SCENES_FROM + rng.randrange(90_000_000))
        if prompt.scene is not None:
            found.setdefault(prompt.text, prompt)
        if len(found) == n or number > 50 * n:
            return list(found.values())
    raise AssertionError  # count() does not end


def restaged(prompt: Prompt, number: int) -> Prompt:
    """The same prompt with the `number`-th of other scenes that show it."""
    return staged(prompt, SCENES_FROM + number)


def article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


class _Dice:
    """Random things in colours, styles and relations of one side of the split."""

    def __init__(self, rng: random.Random, held_out: bool) -> None:
        self.rng, self.held_out = rng, held_out

    def thing(self, *unlike: str) -> Thing:
        while True:
            thing = self.rng.choice(THINGS)
            if thing.name not in unlike and not is_held_out("style", thing.name, "render"):
                return thing

    def coloured(self, *unlike: str, held_out: bool | None = None) -> tuple[Thing, str]:
        """A thing in a colour that is not its own; neither is in `unlike`."""
        wanted = self.held_out if held_out is None else held_out
        while True:
            thing, colour = self.thing(*unlike), self.rng.choice(TINTS)
            if colour not in (thing.own_colour, *unlike) and is_held_out("colour", thing.name, colour) == wanted:
                return thing, colour

    def styled(self) -> tuple[Thing, str]:
        while True:
            thing, style = self.thing(), self.rng.choice(STYLES[1:])
            if is_held_out("style", thing.name, style) == self.held_out:
                return thing, style

    def pair(self) -> tuple[Thing, str, Thing]:
        while True:
            one, name = self.thing(), self.rng.choice(RELATIONS)
            other = self.thing(one.name)
            if is_held_out("relation", one.name, name, other.name) == self.held_out:
                return one, name, other

    def said(self, text: str) -> str:
        return self.rng.choice(LEADS) + text


def _single(dice: _Dice) -> Prompt:
    if dice.held_out:
        return _style(dice)
    thing = dice.thing()
    return Prompt(dice.said(article(thing.name)), (Wanted(thing.name),))


def _style(dice: _Dice) -> Prompt:
    thing, style = dice.styled()
    return Prompt(STYLED[style] + article(thing.name), (Wanted(thing.name),), style=style)


def _two(dice: _Dice) -> Prompt:
    if dice.held_out:
        one, colour = dice.coloured()
        other = dice.thing(one.name)
        text = f"{article(f'{colour} {one.name}')} and {article(other.name)}"
        return Prompt(dice.said(text), (Wanted(one.name, 1, colour), Wanted(other.name)))
    one = dice.thing()
    other = dice.thing(one.name)
    return Prompt(dice.said(f"{article(one.name)} and {article(other.name)}"), (Wanted(one.name), Wanted(other.name)))


def _counting(dice: _Dice, least: int = 2, most: int = 4) -> Prompt:
    n = dice.rng.randint(least, most)
    if dice.held_out:
        thing, colour = dice.coloured()
        return Prompt(dice.said(f"{NUMBERS[n]} {colour} {plural(thing.name)}"), (Wanted(thing.name, n, colour),))
    thing = dice.thing()
    return Prompt(dice.said(f"{NUMBERS[n]} {plural(thing.name)}"), (Wanted(thing.name, n),))


def _many(dice: _Dice) -> Prompt:
    return _counting(dice, 5, 6)


def _colours(dice: _Dice) -> Prompt:
    thing, colour = dice.coloured()
    return Prompt(dice.said(article(f"{colour} {thing.name}")), (Wanted(thing.name, 1, colour),))


def _position(dice: _Dice) -> Prompt:
    one, name, other = dice.pair()
    text = f"{article(one.name)} {BETWEEN.get(name, name)} {article(other.name)}"
    return Prompt(dice.said(text), (Wanted(one.name, 1, "", (name, 1)), Wanted(other.name)))


def _binding(dice: _Dice) -> Prompt:
    one, colour = dice.coloured()
    other, shade = dice.coloured(one.name, colour)
    text = f"{article(f'{colour} {one.name}')} and {article(f'{shade} {other.name}')}"
    return Prompt(dice.said(text), (Wanted(one.name, 1, colour), Wanted(other.name, 1, shade)))


_MAKERS: dict[str, Callable[[_Dice], Prompt]] = {
    "single": _single,
    "two": _two,
    "counting": _counting,
    "many": _many,
    "colours": _colours,
    "position": _position,
    "binding": _binding,
    "style": _style,
}


def written(script: str, n: int, seed: int) -> list[Prompt]:
    """Boards with a word that training never showed."""
    rng = random.Random(f"written {script} {seed}")
    words: dict[str, None] = {}
    while len(words) < n:
        words[sample_word(rng, script, held_out=True)] = None
    return [staged(_board(word, script, rng), SCENES_FROM + rng.randrange(90_000_000)) for word in words]


def _board(word: str, script: str, rng: random.Random) -> Prompt:
    text = f'a {rng.choice(("sign", "label", "poster"))} that says "{word}"'
    return Prompt(text, written=word, script=script)


def long_prompts(named: int, n: int, seed: int) -> list[Prompt]:
    """Captions of crowded scenes that name so many objects, in as many characters as LENGTHS says."""
    rng = random.Random(f"long {named} {seed}")
    scenes = _crowds(named, SCENES_FROM + rng.randrange(90_000_000))
    return [_told(next(scenes), LENGTHS[named], rng) for _ in range(n)]


def _crowds(named: int, seed: int) -> Iterator[Scene]:
    for number in count(seed):
        scene = sample_scene(number, kind="crowd" if named > 4 else "few")
        things = {group.thing for group in scene.groups}
        if len(scene.groups) == len(things) == named and all(group.count == 1 for group in scene.groups):
            yield scene


def _told(scene: Scene, length: int, rng: random.Random) -> Prompt:
    include = tuple(
        Wanted(seen.thing, 1, group.colour or "") for seen, group in zip(truth(scene), scene.groups, strict=True)
    )
    return Prompt(caption(scene, rng, length), include, scene=scene)
