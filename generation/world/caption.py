"""Say what a scene shows, in the many ways people type a prompt: from three words to a thousand characters."""

import random

from generation.world import phrases
from generation.world.scene import Group, Relation, Scene
from generation.world.vocabulary import INVERSE
from generation.world.wording import Wording

LONGEST = 1000  # characters that a prompt may have
CROWD = 5  # groups from which on a scene needs a long caption


def caption(scene: Scene, rng: random.Random, length: int | None = None) -> str:
    """One truthful caption; another `rng` gives another phrasing. `length` is an aim in characters: every group is
    named even where that takes more. Never more than 1000 characters."""
    aim = min(length, LONGEST) if length is not None else _aim(scene, rng)
    pad = length is not None or aim >= 200 or rng.random() < 0.12
    text = _Telling(scene, rng, aim).text(pad=pad)
    while len(text) > LONGEST and aim > 0:
        aim -= 150
        text = _Telling(scene, rng, aim).text(pad=False)
    return text


def _aim(scene: Scene, rng: random.Random) -> int:
    if len(scene.groups) >= CROWD:
        return rng.randint(150, LONGEST)
    if rng.random() < 0.1:
        return rng.randint(200, 900)
    needed = 8 * len(scene.groups) + (25 if scene.writing else 0)
    return needed + rng.randint(5, rng.randint(25, 150))


class _Telling(Wording):
    """One way of telling a scene, of about `aim` characters."""

    def __init__(self, scene: Scene, rng: random.Random, aim: int) -> None:
        room = aim - 16 * len(scene.groups) - (25 if scene.writing else 0) - (8 if scene.relation else 0)
        super().__init__(scene, rng, room, clipped=rng.random() < (0.35 if room < 20 else 0.06))
        self.aim = aim
        self.groups = list(scene.groups)
        if scene.relation is None:
            rng.shuffle(self.groups)

    def text(self, *, pad: bool) -> str:
        """`pad` adds harmless words up to the aim."""
        if self.room > 110 + 25 * len(self.groups) and (self.aim > 500 or self.rng.random() < 0.9):
            return self._prose(pad=pad)
        return self._phrase(pad=pad)

    # Short: one phrase with commas.

    def _phrase(self, *, pad: bool) -> str:
        rng, scene = self.rng, self.scene
        text = self._with_backdrop(self._contents())
        self.room = self.aim - len(text)
        text = self._styled(text, self.light() if self._affords(28, 0.75) else "")
        if pad:
            tags = _some(phrases.TAGS, self.aim - len(text), rng)
            if tags and rng.random() < 0.25 and scene.style == "render":
                text = f"{tags.pop()}, {text}"
            text = ", ".join([text, *tags])
        if rng.random() < 0.3:
            text = _capital(text)
        return text + "." if rng.random() < 0.2 else text

    def _with_backdrop(self, contents: str) -> str:
        """Contents on their backdrop, which may go without saying unless there is nothing else."""
        rng = self.rng
        if not contents:
            return self.backdrop_name()
        if self.room < 4 or not self._affords(20, 0.96):
            return contents
        if rng.random() < 0.8:
            link = rng.choices((" ", ", "), weights=(6, 1))[0]
            parts = [contents, self.where()]
        else:
            link = rng.choice((", ", ", ", " with "))
            parts = [self.backdrop_name(), contents]
        if link == ", " and rng.random() < 0.5:
            parts.reverse()
        return link.join(parts)

    def _styled(self, text: str, light: str) -> str:
        """With style, light and a polite beginning."""
        rng, style = self.rng, self.scene.style
        plain = style == "render"
        nominal = not text.startswith(("on ", "in ", "at ", "under ", "with ", "against ", '"', "“", "「"))
        told = not plain or rng.random() < 0.05
        if told and nominal and rng.random() < 0.5:
            text = rng.choice(phrases.STYLE_OF[style]) + text
            told = False
        if light:
            text = f"{text}, {light}"
        if told:
            text = self._tagged(text, rng.choice(phrases.STYLE_TAGS[style]))
        elif nominal and self.room >= 15 and rng.random() < 0.22:
            text = rng.choice(phrases.LEADS if plain and "render" not in text[:20] else phrases.ASKS) + text
        return text

    def _tagged(self, text: str, tag: str) -> str:
        form = self.rng.random()
        if tag.startswith(phrases.ADVERBS):
            return f"{text} {tag}" if form < 0.5 else f"{text}, {tag}"
        if form < 0.35:
            return f"{tag}: {text}" if form < 0.08 else f"{tag}, {text}"
        return f"{text}, {tag}"

    def _contents(self) -> str:
        """Everything that is there, as one phrase; empty for an empty scene."""
        rng, scene = self.rng, self.scene
        things = self._related(scene.relation) if scene.relation else self._listed()
        if not scene.writing:
            return things
        written = self.written(scene.writing)
        if not things:
            return written
        link = rng.choice((" and ", " and ", ", ", " with "))
        return link.join((written, things) if rng.random() < 0.6 else (things, written))

    def _listed(self) -> str:
        told = [self._placed(group) for group in self.groups]
        if len(told) < 2:
            return "".join(told)
        last = ", " if self.clipped else self.rng.choice((" and ", " and ", ", and ", ", ", " with "))
        return ", ".join(told[:-1]) + last + told[-1]

    def _placed(self, group: Group) -> str:
        """The group, sometimes with its place."""
        noun = self.noun(group)
        spare = self.room / len(self.groups)
        place = self.place(group) if spare > 14 and self.rng.random() < 0.35 else ""
        if place and self.rng.random() < 0.15:
            return f"{place} {noun}"
        return f"{noun} {place}" if place else noun

    def _related(self, relation: Relation) -> str:
        """The pair with its relation, told from either side."""
        rng = self.rng
        ends = [self.groups[relation.first], self.groups[relation.second]]
        name = relation.name
        if name not in phrases.TWO_SIDES or rng.random() < 0.5:
            ends, name = ends[::-1], INVERSE[name]
        first, second = (self.noun(group) for group in ends)
        form = rng.random()
        if form < 0.25 and name in phrases.TWO_SIDES:
            return rng.choice(phrases.TWO_SIDES[name]).format(a=first, b=second)
        word = rng.choice(phrases.RELATION_WORDS[name])
        if form > 0.88 and self.room > 10:
            return f"{second} with {first} {word} {'it' if ends[1].count == 1 else 'them'}"
        if form > 0.8 and self.room > 10:
            return f"{first} {'is' if ends[0].count == 1 else 'are'} {word} {second}"
        return f"{first} {word} {second}"

    # Long: sentences.

    def _prose(self, *, pad: bool) -> str:
        rng, scene, self.clipped = self.rng, self.scene, False
        told = self._sentences()
        others = [f"the {rng.choice(('picture', 'scene', 'image'))} shows {self.backdrop_name()}"]
        if light := self.light():
            others.append(light)
        if scene.style != "render":
            others.append(self._style_sentence())
        rng.shuffle(others)
        start = rng.randint(0, len(others))
        parts = others[:start] + told + others[start:]
        if rng.random() < 0.3:
            parts.insert(0, rng.choice(phrases.OPENINGS))
        if pad:
            parts += _some(phrases.SENTENCES, self.aim - sum(len(part) + 2 for part in parts), rng)
            parts += _some(phrases.TAGS, self.aim - sum(len(part) + 2 for part in parts), rng)
        if rng.random() < 0.75:
            return ". ".join(_capital(part) for part in parts) + rng.choice((".", ".", ".", ""))
        return rng.choice((", ", ". ")).join(parts)

    def _sentences(self) -> list[str]:
        rng, scene = self.rng, self.scene
        if scene.relation:
            related = self._related(scene.relation)
            told = [related if rng.random() < 0.5 or " is " in related else f"there is {related}"]
        else:
            told = [self._sentence(group) for group in self.groups]
        if scene.writing:
            told.insert(rng.randint(0, len(told)), f"there is {self.written(scene.writing)}")
        return told

    def _sentence(self, group: Group) -> str:
        rng, noun = self.rng, self.noun(group)
        be = "is" if group.count == 1 else "are"
        place = self.place(group) if self.room > 60 * len(self.groups) or rng.random() < 0.5 else ""
        if not place:
            return rng.choice((f"there {be} {noun}", f"you can see {noun}", noun))
        return rng.choice(
            (
                f"{place} there {be} {noun}",
                f"there {be} {noun} {place}",
                f"{noun} {be} {place}",
                f"{noun} can be seen {place}",
                f"{noun} {place}",
            )
        )

    def _style_sentence(self) -> str:
        tag = self.rng.choice(phrases.STYLE_TAGS[self.scene.style])
        return f"it is shown {tag}" if tag.startswith(phrases.ADVERBS) else tag

    def _affords(self, cost: int, chance: float) -> bool:
        """By chance, and seldom when that many characters are not to spare."""
        return self.rng.random() < (chance if self.room >= cost else chance * 0.3)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _some(pool: tuple[str, ...], room: int, rng: random.Random) -> list[str]:
    """Different phrases of the pool that fill the room, in random order."""
    chosen: list[str] = []
    if room <= 0:
        return chosen
    for phrase in rng.sample(pool, len(pool)):
        if room < 4:
            break
        if len(phrase) + 2 <= room:
            chosen.append(phrase)
            room -= len(phrase) + 2
    return chosen
