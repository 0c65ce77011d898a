"""What the templates show of generations and pictures, worked out once, so that they need no logic."""

from dataclasses import dataclass
from typing import Literal

from django.contrib.humanize.templatetags.humanize import naturalday
from django.utils import timezone

from generation import progress, storage
from generation.models import Generation, Picture
from generation.pages import words

BoxState = Literal["done", "waiting", "empty"]
BOX_WORDS: dict[BoxState, str] = {"done": "finished", "waiting": "not drawn yet", "empty": "not drawn"}


@dataclass(frozen=True)
class Box:
    """One picture's place, whether or not the picture is there."""

    index: int
    seed: int
    state: BoxState
    picture: Picture | None

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def word(self) -> str:
        return BOX_WORDS[self.state]

    @property
    def url(self) -> str:
        return storage.picture_url(self.picture) if self.picture else ""


@dataclass(frozen=True)
class Card:
    """A generation as the create page shows it."""

    generation: Generation
    boxes: list[Box]

    @property
    def live(self) -> bool:
        return not self.generation.is_over

    @property
    def bare(self) -> bool:
        """Nothing came of it: only its words are left to show."""
        return all(box.state == "empty" for box in self.boxes)

    @property
    def trouble(self) -> bool:
        return self.generation.status in (Generation.Status.FAILED, Generation.Status.BLOCKED)

    @property
    def words(self) -> str:
        return words.state(self.generation, done=sum(box.picture is not None for box in self.boxes))

    @property
    def events_url(self) -> str:
        return progress.events_url(self.generation)

    @property
    def mode(self) -> str:
        return words.mode(self.generation.mode)


def card(generation: Generation) -> Card:
    pictures = {picture.index: picture for picture in generation.pictures.all()}
    return Card(generation, [_box(generation, index, pictures.get(index)) for index in range(generation.n)])


def _box(generation: Generation, index: int, picture: Picture | None) -> Box:
    state: BoxState = "done" if picture else "empty" if generation.is_over else "waiting"
    return Box(index=index, seed=generation.seed_of(index), state=state, picture=picture)


@dataclass(frozen=True)
class Shot:
    """A finished picture as the gallery shows it. `opens_day` puts the day's name above it."""

    picture: Picture
    opens_day: bool = False

    @property
    def generation(self) -> Generation:
        return self.picture.generation

    @property
    def url(self) -> str:
        return storage.picture_url(self.picture)

    @property
    def download(self) -> str:
        return storage.picture_url(self.picture, download=True)

    @property
    def number(self) -> int:
        return self.picture.index + 1

    @property
    def mode(self) -> str:
        return words.mode(self.generation.mode)

    @property
    def seconds(self) -> str:
        return words.seconds(self.picture.seconds)

    @property
    def who(self) -> str:
        return words.person(self.generation)

    @property
    def day(self) -> str:
        name = str(naturalday(self.picture.created_at, "l, j F Y"))
        return name[:1].upper() + name[1:]


def shots(pictures: list[Picture], *, after: Picture | None) -> list[Shot]:
    """Gallery entries of `pictures`; `after` is the one shown before them, whose day needs no second heading."""
    earlier = [after, *pictures]
    return [
        Shot(picture, opens_day=before is None or _day(before) != _day(picture))
        for before, picture in zip(earlier, pictures, strict=False)
    ]


def _day(picture: Picture) -> object:
    return timezone.localtime(picture.created_at).date()
