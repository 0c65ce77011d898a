"""The parts of a caption: nouns, places, boards, backdrops and light, each in one of its many wordings."""

import random

from generation.world import phrases
from generation.world.phrases import may_say, plural, with_article
from generation.world.scene import Group, Scene, Writing, region


class Wording:
    """Words for the parts of a scene. `room` is how many characters there are to spare beyond the bare names of what
    is there; a `clipped` telling goes without articles."""

    def __init__(self, scene: Scene, rng: random.Random, room: int, *, clipped: bool) -> None:
        self.scene, self.rng, self.room, self.clipped = scene, rng, room, clipped
        self.size_chance = self._size_chance()

    def noun(self, group: Group) -> str:
        """Count, size, colour and name."""
        rng, thing, count = self.rng, group.thing, group.count
        names = thing.names
        words = names[0] if len(names) == 1 or rng.random() < 0.7 else rng.choice(names)
        if count > 1:
            words = plural(words)
        colour = group.colour
        if colour is None and thing.own_colour and rng.random() < 0.12 and may_say(thing.name, thing.own_colour):
            colour = thing.own_colour
        if colour:
            words = f"{colour} {words}"
        if group.size and rng.random() < self.size_chance:
            words = f"{rng.choice(phrases.SIZES[group.size])} {words}"
        if count > 1:
            return f"{self._number(count)} {words}"
        if self.clipped:
            return words
        if rng.random() < 0.04:
            return f"{rng.choice(('one', 'a single', '1'))} {words}"
        return with_article(words)

    def _number(self, count: int) -> str:
        draw = self.rng.random()
        if count == 2 and draw < 0.1 and not self.clipped:
            return self.rng.choice(("a pair of", "a couple of"))
        if count >= len(phrases.NUMBERS) or draw > 0.75:
            return str(count)
        return f"exactly {phrases.NUMBERS[count]}" if draw > 0.72 else phrases.NUMBERS[count]

    def place(self, group: Group) -> str:
        """Where the whole group is, when that can be said; not of two groups, which would sound like a relation."""
        if len(self.scene.groups) == 2 or self.scene.relation:
            return ""
        rows, columns = zip(*(region(place, self.scene.grid) for place in group.places), strict=True)
        row = rows[0] if rows.count(rows[0]) == len(rows) else ""
        column = columns[0] if columns.count(columns[0]) == len(columns) else ""
        told = phrases.PLACES.get((row, column))
        return self.rng.choice(told) if told else ""

    def written(self, writing: Writing) -> str:
        rng = self.rng
        quotes = rng.choice(phrases.QUOTES)
        board = rng.choice(phrases.BOARDS[writing.kind])
        if rng.random() < 0.85:
            board = f"{writing.board} {board}"
        return rng.choice(phrases.WRITINGS).format(
            b=board if self.clipped else with_article(board),
            q=quotes[0] + writing.text + quotes[1],
            w="word" if len(writing.text.split()) == 1 else "words",
        )

    def where(self) -> str:
        """The backdrop as what things are on, under or against."""
        rng, backdrop = self.rng, self.scene.backdrop
        if backdrop.kind != "outdoor":
            return "".join(self._painted())
        ground, sky = rng.choice(phrases.GROUNDS[backdrop.ground]), rng.choice(phrases.SKIES[backdrop.sky])
        draw = rng.random()
        if self.room < 50 and draw < 0.5:
            return ground if draw < 0.3 else sky
        return f"{ground} {sky}" if draw < 0.9 else f"{ground}, {sky}"

    def backdrop_name(self) -> str:
        """The backdrop as a noun."""
        rng, backdrop = self.rng, self.scene.backdrop
        if backdrop.kind != "outdoor":
            return self._painted()[1]
        ground, sky = rng.choice(phrases.GROUND_NAMES[backdrop.ground]), rng.choice(phrases.SKY_NAMES[backdrop.sky])
        if backdrop.sky == "city":
            return rng.choice((f"{ground} with {sky}", f"{ground} and {sky}", f"{ground}, {sky}"))
        return rng.choice((f"{ground} under {sky}", f"{sky} over {ground}", f"{ground}, {sky}", f"{ground} and {sky}"))

    def _painted(self) -> tuple[str, str]:
        """A backdrop of colours: its preposition, and the rest."""
        backdrop = self.scene.backdrop
        preposition, form = self.rng.choice(phrases.BACKDROPS[backdrop.kind])
        first, second = backdrop.colours[0], backdrop.colours[-1]
        if backdrop.kind == "checker" and self.rng.random() < 0.5:
            first, second = second, first
        return preposition, form.format(a=first if self.clipped else with_article(first), c=first, d=second)

    def light(self) -> str:
        """Light, shadows, beams and reflections that can be seen; mostly all of them, empty when there are none."""
        rng, scene, light = self.rng, self.scene, self.scene.light
        told = []
        outdoor = scene.backdrop.kind == "outdoor"
        if light.side and outdoor:
            forms = phrases.LIT + phrases.SHADOWS if scene.groups else phrases.LIT
            told.append(rng.choice(forms).format(s=light.side, o="right" if light.side == "left" else "left"))
        if light.beams and outdoor:
            told.append(rng.choice(phrases.BEAMS if scene.backdrop.sky == "night" else phrases.SUNBEAMS))
        if light.mirror and outdoor and scene.groups and scene.backdrop.ground in phrases.MIRRORED:
            told.append(rng.choice(phrases.MIRRORED[scene.backdrop.ground]))
        if len(told) > 1 and rng.random() < 0.3:
            told.pop(rng.randrange(len(told)))
        rng.shuffle(told)
        return ", ".join(told)

    def _size_chance(self) -> float:
        """Sizes in lists, counts and beside writing only come from how much room there is."""
        scene = self.scene
        if scene.writing or len(scene.groups) > 2 or any(group.count > 1 for group in scene.groups):
            return 0.06
        return 0.35 if scene.relation else 0.8
