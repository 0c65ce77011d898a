"""What the templates show of generations and pictures, worked out once, so that they need no logic."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from django.contrib.humanize.templatetags.humanize import naturalday

from accounts.models import User
from generation import progress, storage
from generation.models import Feed, Generation, Picture
from generation.pages import words
from generation.services import again, browse, feeds

BoxState = Literal["done", "waiting", "empty"]
BOX_WORDS: dict[BoxState, str] = {"done": "finished", "waiting": "not drawn yet", "empty": "not drawn"}
FEED_SHOWN = 240
"""Of a feed that is longer its page shows the newest; the gallery has all."""

FEED_NEWEST = 4
"""Pictures by which the create page shows a feed."""


@dataclass(frozen=True)
class Box:
    """One picture's place, whether or not the picture is there. `opens` puts its prompt above it."""

    generation: Generation
    index: int
    picture: Picture | None
    opens: bool = False

    @property
    def place(self) -> int:
        """Where it stands among those beside it: in its generation, or in the feed."""
        return self.index if self.generation.feed_index is None else self.generation.feed_index

    @property
    def number(self) -> int:
        return self.place + 1

    @property
    def is_favourite(self) -> bool:
        """Of the reader, where they were asked for."""
        return bool(getattr(self.picture, "is_favourite", False))

    @property
    def label(self) -> str:
        among = f" of {self.generation.n}" if self.generation.feed_index is None else ""
        return f"Picture {self.number}{among}, {self.word}"

    @property
    def seed(self) -> int:
        return self.generation.seed_of(self.index)

    @property
    def state(self) -> BoxState:
        return "done" if self.picture else "empty" if self.generation.is_over else "waiting"

    @property
    def word(self) -> str:
        is_gone = self.state == "empty" and self.generation.status == Generation.Status.SUCCEEDED
        return "deleted" if is_gone else BOX_WORDS[self.state]

    @property
    def url(self) -> str:
        return storage.picture_url(self.picture) if self.picture else ""


@dataclass(frozen=True)
class Card:
    """A generation as the create page shows it."""

    template: ClassVar = "pages/parts/generation.html"
    generation: Generation
    boxes: list[Box]
    drawn: list[int]  # those in the bin too
    is_mine: bool

    @property
    def made_at(self) -> datetime:
        return self.generation.created_at

    @property
    def live(self) -> bool:
        return not self.generation.is_over

    @property
    def bare(self) -> bool:
        """Nothing came of it: only its words are left to show."""
        return all(box.state == "empty" for box in self.boxes)

    @property
    def retry(self) -> bool:
        """The reader may ask for it once more."""
        return self.is_mine and again.can_retry(self.generation)

    @property
    def trouble(self) -> bool:
        return self.generation.status in (Generation.Status.FAILED, Generation.Status.BLOCKED)

    @property
    def doubted(self) -> bool:
        """Moderation has kept something of it back."""
        made = self.generation
        withheld = made.status == Generation.Status.SUCCEEDED and bool(made.error_message)
        held = any(box.picture and box.picture.is_held for box in self.boxes)
        return made.status == Generation.Status.BLOCKED or withheld or held

    @property
    def words(self) -> str:
        charged = sum(map(self.generation.price_of, self.drawn))
        return words.state(self.generation, done=len(self.drawn), charged=charged)

    @property
    def events_url(self) -> str:
        """For its maker alone, as a ticket stays good for a while after the generation was made private."""
        return progress.events_url(self.generation) if self.live and self.is_mine else ""

    @property
    def mode(self) -> str:
        return words.mode(self.generation.mode)


def card(generation: Generation, *, reader: User) -> Card:
    drawn = generation.pictures.all()
    there = {picture.index: picture for picture in drawn if picture.is_there}
    boxes = [Box(generation, index, there.get(index)) for index in range(generation.n)]
    is_mine = generation.requested_by_id == reader.pk
    return Card(generation, boxes, [picture.index for picture in drawn], is_mine=is_mine)


@dataclass(frozen=True)
class River:
    """A feed as its own page shows it, from some place on. `earlier`: there are pictures that are not shown."""

    feed: Feed
    boxes: list[Box]
    earlier: bool

    @property
    def live(self) -> bool:
        return not self.feed.is_over

    @property
    def words(self) -> str:
        return words.feed(self.feed)

    @property
    def events_url(self) -> str:
        return progress.events_url(self.feed)

    @property
    def ahead(self) -> int:
        return feeds.AHEAD


def river(feed: Feed, *, since: int = 0) -> River:
    """The feed from place `since` on; a prompt stands above the first picture that was drawn from it."""
    row = browse.feed_row(feed=feed, since=since, limit=FEED_SHOWN + 1)
    shown = row[-FEED_SHOWN:]
    before = browse.feed_before(feed=feed, place=since) if since else None
    return River(
        feed, [_box(one, last) for one, last in zip(shown, [before, *shown], strict=False)], len(row) > len(shown)
    )


def _box(generation: Generation, before: Generation | None) -> Box:
    opens = before is None or before.prompt != generation.prompt
    return Box(generation, 0, next(iter(generation.pictures.all()), None), opens=opens)


@dataclass(frozen=True)
class FeedCard:
    """A feed as the create page shows it: by its newest pictures."""

    template: ClassVar = "pages/parts/feed_card.html"
    live: ClassVar = False
    feed: Feed
    newest: list[Generation]

    @property
    def made_at(self) -> datetime:
        return self.feed.created_at

    @property
    def boxes(self) -> list[Box]:
        return [_box(generation, generation) for generation in self.newest]

    @property
    def words(self) -> str:
        return words.feed(self.feed)


@dataclass(frozen=True)
class Shot:
    """A finished picture, as galleries and its own page show it."""

    picture: Picture

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
    def shape(self) -> str:
        """The class of its ratio: gallery.css has all that can be asked for."""
        return f"r-{self.picture.size.ratio.replace(':', '-')}"

    @property
    def mode(self) -> str:
        return words.mode(self.generation.mode)

    @property
    def seconds(self) -> str:
        return words.seconds(self.picture.seconds)

    @property
    def who(self) -> str:
        return words.person(self.generation)


def day_name(day: date) -> str:
    """Today, Yesterday, or the day in full."""
    name = str(naturalday(day, "l, j F Y"))
    return name[:1].upper() + name[1:]
