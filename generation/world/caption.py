"""Say what a scene shows, in the many ways people type a prompt. Nothing said is untrue; what is unsaid is free."""

import random
from collections.abc import Sequence

from generation.world.phrases import (
    AT,
    BEAMS,
    BOARD_WORDS,
    COUNTS,
    FILLER,
    GROUND_WORDS,
    LIGHT_WORDS,
    MIRROR,
    RELATION_WORDS,
    SAYING,
    SIZE_WORDS,
    SKY_WORDS,
    STYLE_WORDS,
    article,
    plural,
)
from generation.world.scene import Group, Relation, Scene, Writing, region
from generation.world.vocabulary import INVERSE

LONGEST = 1000


def caption(scene: Scene, rng: random.Random, length: int | None = None) -> str:
    """One caption of at most 1,000 characters; another `rng` gives another phrasing of the same truth.

    `length` is an aim in characters, met as far as there is something to say.
    """
    return _Speaker(scene, rng, length).say()


class _Speaker:
    def __init__(self, scene: Scene, rng: random.Random, length: int | None) -> None:
        self.scene, self.rng = scene, rng
        crowded = len(scene.groups) > 4
        if length is None and crowded:
            length = rng.choice((0, 0, 300, 600, 900))
        elif length is None:
            length = rng.randint(200, 500) if rng.random() < 0.06 else 0
        self.length = length
        self.wordy = length > 150

    def say(self) -> str:
        rng, scene = self.rng, self.scene
        subject = self._subject()
        parts = [subject] if subject else []
        around = self._backdrop(needed=not subject)
        if around and subject and rng.random() < 0.12 and not self.wordy:
            parts.insert(0, around)
        elif around:
            parts.append(around)
        parts += self._light()
        text = self._join(parts)
        text = self._styled(text)
        text = self._padded(text)
        if rng.random() < 0.25:
            text = text[0].upper() + text[1:]
        if not text.endswith(".") and rng.random() < 0.2:
            text += "."
        return text if len(text) <= LONGEST else _Speaker(scene, rng, 0).say()

    def _join(self, parts: Sequence[str]) -> str:
        joined = ""
        for part in parts:
            close = part.startswith(("on ", "under ", "in front of ", "with ", "at "))
            comma = not close or self.rng.random() < 0.25 or joined.endswith(".")
            joined += (", " if comma and not joined.endswith(".") else " ") + part if joined else part
        return joined

    def _styled(self, text: str) -> str:
        before, after = STYLE_WORDS[self.scene.style]
        chance = self.rng.random()
        if self.scene.style == "render" and chance > 0.3:
            return text
        if chance < 0.17 or (self.scene.style != "render" and chance < 0.55):
            return self.rng.choice(before) + text
        return text.rstrip(".") + self.rng.choice(after)

    def _padded(self, text: str) -> str:
        """Harmless words, as people add them, towards the length that is aimed at."""
        if not self.wordy and self.rng.random() > 0.08:
            return text
        fillers = self.rng.sample(FILLER, len(FILLER))
        for filler in fillers[: len(fillers) if self.wordy else self.rng.randint(1, 3)]:
            if self.wordy and len(text) + len(filler) + 2 > self.length:
                break
            text = f"{text.rstrip('.')}, {filler}"
        return text

    # What stands there.

    def _subject(self) -> str:
        scene, rng = self.scene, self.rng
        relation = scene.relation if rng.random() < 0.9 else None
        said = self._related(relation) if relation else self._listed()
        if scene.writing is None:
            return said
        written = self._writing(scene.writing)
        if not said:
            return written
        return rng.choice(
            (f"{said} and {written}", f"{written} and {said}", f"{written}, {said}", f"{said}, {written}")
        )

    def _listed(self) -> str:
        groups, rng = self.scene.groups, self.rng
        if not groups:
            return ""
        if len(groups) == 1:
            return self._lone(groups[0])
        if self.wordy:
            return self._told(groups)
        nouns = [self.noun(group) for group in groups]
        if len(groups) == 2:
            return f"{nouns[0]} {rng.choice(('and', 'and', 'next to', 'with'))} {nouns[1]}"
        if rng.random() < 0.3:
            return ", ".join(nouns)
        return ", ".join(nouns[:-1]) + " and " + nouns[-1]

    def _lone(self, group: Group) -> str:
        said = self.noun(group)
        if group.count > 1 or self.rng.random() > 0.6:
            return said
        vertical, horizontal = region(group.places[0], self.scene.grid)
        if vertical == "bottom" and self.scene.backdrop.kind == "outdoor" and self.rng.random() < 0.7:
            vertical = "middle"  # what stands on the ground is not said to be at the bottom
        return f"{said} {self.rng.choice(AT[vertical, horizontal])}"

    def _told(self, groups: Sequence[Group]) -> str:
        """One sentence or clause after the other, with places while there is room for them."""
        rng, said = self.rng, ""
        for number, group in enumerate(groups):
            noun = self.noun(group)
            roomy = len(said) < self.length * (number + 1) / len(groups) - 40
            if not roomy or group.count > 1:
                said += (", " if said else "") + noun
                continue
            at = rng.choice(AT[region(group.places[0], self.scene.grid)])
            clause = rng.choice(
                (f"{at} there is {noun}", f"{noun} {at}", f"{noun} stands {at}", f"{noun} can be seen {at}")
            )
            if said and rng.random() < 0.4:
                said = said.rstrip(".") + ". " + clause[0].upper() + clause[1:]
            else:
                said += (", " if said else "") + clause
        return said

    def _related(self, relation: Relation) -> str:
        rng = self.rng
        first, second, name = self.scene.groups[relation.first], self.scene.groups[relation.second], relation.name
        if rng.random() < 0.5:
            first, second, name = second, first, INVERSE[name]
        one, two = self.noun(first), self.noun(second)
        if name in ("left of", "right of") and rng.random() < 0.25:
            here, there = ("left", "right") if name == "left of" else ("right", "left")
            return f"{one} on the {here} and {two} on the {there}"
        return f"{one} {rng.choice(('', '', 'is ', 'standing '))}{rng.choice(RELATION_WORDS[name])} {two}"

    def noun(self, group: Group) -> str:
        """The thing with number or article, size and colour; a thing's own colour is named now and then too."""
        rng, words = self.rng, []
        exact = self.scene.relation is not None or len(self.scene.groups) == 1
        if group.size and rng.random() < (0.75 if exact and group.count == 1 else 0.25):
            words.append(rng.choice(SIZE_WORDS[group.size]))
        colour = group.colour or (group.thing.own_colour if rng.random() < 0.2 else None)
        words += [colour] if colour else []
        name = rng.choice(group.thing.names) if rng.random() < 0.4 else group.thing.name
        if group.count == 1:
            return article(" ".join([*words, name]))
        count = str(group.count) if rng.random() < 0.25 else COUNTS[group.count]
        return " ".join([count, *words, plural(name)])

    def _writing(self, writing: Writing) -> str:
        rng = self.rng
        left, right = rng.choices((('"', '"'), ("“", "”")), weights=(9, 1))[0]
        colour = f"{writing.board} " if rng.random() < 0.7 else ""
        kind = rng.choice(BOARD_WORDS[writing.kind]) if rng.random() < 0.5 else writing.kind
        said = article(colour + kind)
        if rng.random() < 0.08:
            return f"{left}{writing.text}{right} on {said}"
        return f"{said} {rng.choice(SAYING)} {left}{writing.text}{right}"

    # What is around.

    def _backdrop(self, *, needed: bool) -> str:
        backdrop, rng = self.scene.backdrop, self.rng
        if not needed and rng.random() < 0.15:
            return ""
        if backdrop.kind != "outdoor":
            return self._indoor()
        ground, sky = rng.choice(GROUND_WORDS[backdrop.ground]), rng.choice(SKY_WORDS[backdrop.sky])
        if needed:
            return rng.choice((f"{sky} over {ground}", f"{sky} above {ground}", f"{ground} under {sky}"))
        before = f"in front of {sky}" if backdrop.sky == "city" else f"under {sky}"
        return rng.choice((f"on {ground} {before}", f"on {ground}", before, f"{sky} over {ground}"))

    def _indoor(self) -> str:
        backdrop, rng = self.scene.backdrop, self.rng
        first, *rest = backdrop.colours
        if backdrop.kind == "plain":
            plain = article(first) + " background"
            return rng.choice((f"on {plain}", plain, f"{first} background"))
        if backdrop.kind == "gradient":
            return rng.choice(("", "on ")) + f"a gradient from {first} to {rest[0]}"
        return rng.choice((f"a {first} and {rest[0]} checkerboard", f"on a {first} and {rest[0]} checkered background"))

    def _light(self) -> list[str]:
        light, rng, said = self.scene.light, self.rng, []
        if light.side and rng.random() < 0.8:
            away = LIGHT_WORDS[light.side]
            said.append(
                rng.choice((f"light from the {light.side}", f"lit from the {light.side}", f"shadows to the {away}"))
            )
        if light.beams and rng.random() < 0.85:
            said.append(rng.choice(BEAMS))
        if light.mirror and self.scene.groups and rng.random() < 0.8:
            said.append(rng.choice(MIRROR).format("water" if self.scene.backdrop.ground == "sea" else "floor"))
        return said
