"""A running batch: pictures join it at any step, each at its own place in its own sequence, and leave it when done.

A picture is a coroutine: it yields what it wants of the next step (a `Feed`) and is sent what came of it. The batch
gathers the feeds of all, takes one step for them together, and deals out the results. Nothing a picture is sent depends
on the others, and its random numbers are its own: a seed gives the same codes alone and among many.
"""

from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from generation.aurora import text
from generation.aurora.plan import Plan
from generation.aurora.planning import LONGEST, Planner, Writer
from generation.aurora.prefix import Sampling
from generation.aurora.replan import merged
from generation.aurora.stepping import Choice, Rows, Step
from generation.aurora.transformer import N_SLOTS, Transformer, image_coords

CHUNK = 64
"""Tokens of a prompt read in one step, so that a long one does not hold up the others."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Kept:
    """A picture that is there already: where `stays_P` is true its codes (P, 4, 2) stay, the rest is drawn anew."""

    codes_P42: Tensor
    stays_P: Tensor

    @property
    def drawn(self) -> list[int]:
        """The positions to draw, in order."""
        return [int(position) for position in (~self.stays_P).nonzero()]


@dataclass(frozen=True)
class Origin:
    """How the picture that is there was drawn: its caption tokens and its seed, by which its plan is written again."""

    caption: list[int]
    seed: int


@dataclass(frozen=True)
class Brief:
    """What to draw: caption tokens, a grid (rows, columns), a seed; the model plans unless a `plan` is given.

    With `kept` only the positions that do not stay are drawn, each after all that stand before it. Where `origin` is
    known they follow its plan, and that of the caption only where the picture is drawn anew. Guidance leads away from
    the caption `avoided`; from pictures of anything, where it is empty.
    """

    caption: list[int]
    grid: tuple[int, int]
    seed: int
    sampling: Sampling
    plan: Plan | None = None
    kept: Kept | None = None
    avoided: Sequence[int] = ()
    origin: Origin | None = None

    @property
    def positions(self) -> int:
        """Of the whole picture, drawn or not."""
        return self.grid[0] * self.grid[1]


@dataclass(frozen=True)
class Feed:
    """Rows of the next step. What is wanted is the last row's vector; with `uniform_8` it is codes from that vector,
    led away, when the picture is guided, from that of the row before it.
    """

    x_RD: Tensor
    kv_rows: list[int]
    indexes: list[int]
    coords_R3: Tensor
    uniform_8: Tensor | None = None


Answer = tuple[Tensor, Tensor]
"""The codes (4, 2) and their vector (D,); or, where only a vector was wanted, that twice."""


class Batch(Generic[Key]):
    """Needs `step.kv_rows` to be even: a picture has a row with its prompt and one without."""

    def __init__(self, step: Step, planner: Planner) -> None:
        self._step, self._planner = step, planner
        self._free = [(2 * number, 2 * number + 1) for number in reversed(range(step.kv_rows // 2))]
        self._live: dict[Key, _Live] = {}

    @property
    def free(self) -> int:
        """Pictures that can join now."""
        return len(self._free)

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, key: object) -> bool:
        return key in self._live

    @torch.inference_mode()
    def admit(self, key: Key, brief: Brief) -> None:
        """Let a picture join. Raises IndexError when none is free; see `fits` for what is too long."""
        kv_rows = self._free.pop()
        try:
            work = _paint(self._planner, brief, kv_rows)
            self._live[key] = _Live(work, brief, kv_rows, next(work))
        except BaseException:
            self._free.append(kv_rows)
            raise

    def fits(self, brief: Brief) -> bool:
        """Whether a picture's whole sequence has room in memory."""
        planned = max(len(brief.caption), len(brief.origin.caption) if brief.origin else 0) + LONGEST
        return max(planned, len(brief.avoided)) + brief.positions + 3 <= self._step.longest

    def drop(self, key: Key) -> None:
        """Take a picture out; its room is free at once."""
        if live := self._live.pop(key, None):
            self._free.append(live.kv_rows)

    def clear(self) -> list[Key]:
        """Drop all; returns them."""
        keys = list(self._live)
        for key in keys:
            self.drop(key)
        return keys

    @torch.inference_mode()
    def advance(self) -> list[tuple[Key, Tensor]]:
        """One step of all. Returns the codes (4, 2) of every picture that got a position; the last one frees it."""
        lives = list(self._live.items())
        feeds = [live.feed for _, live in lives]
        body_RD = self._step.body(_gathered(feeds))
        drawing = [(number, feed) for number, feed in enumerate(feeds) if feed.uniform_8 is not None]
        ends = torch.tensor([len(feed.kv_rows) for feed in feeds]).cumsum(0).tolist()
        answers: list[Answer] = [(body_RD[end - 1], body_RD[end - 1]) for end in ends]
        if drawing:
            codes_N42 = self._choose(body_RD, [(ends[number], lives[number][1], feed) for number, feed in drawing])
            x_ND = self._planner.model.codes_in(codes_N42[:, None].to(body_RD.device))[:, 0]
            for (number, _), codes_42, x_D in zip(drawing, codes_N42, x_ND, strict=True):
                answers[number] = (codes_42, x_D)
        for (key, live), answer in zip(lives, answers, strict=True):
            self._send(key, live, answer)
        return [(lives[number][0], answers[number][0]) for number, _ in drawing]

    def _choose(self, body_RD: Tensor, drawing: "list[tuple[int, _Live, Feed]]") -> Tensor:
        """All rows with a prompt first, then those without, as `Choice` wants them."""
        guided = [number for number, (_, live, _) in enumerate(drawing) if live.guided]
        partners = list(range(len(drawing)))
        for place, number in enumerate(guided):
            partners[number] = len(drawing) + place
        rows = [end - 1 for end, _, _ in drawing] + [drawing[number][0] - 2 for number in guided]
        choice = Choice(
            owners=[*range(len(drawing)), *guided],
            partners=partners,
            samplings=[live.brief.sampling for _, live, _ in drawing],
            uniform_N8=torch.stack([feed.uniform_8 for _, _, feed in drawing if feed.uniform_8 is not None]),
        )
        return self._step.codes(body_RD[rows], choice)

    def _send(self, key: Key, live: "_Live", answer: Answer) -> None:
        try:
            live.feed = live.work.send(answer)
        except StopIteration:
            self.drop(key)


@dataclass
class _Live:
    work: Generator[Feed, Answer, None]
    brief: Brief
    kv_rows: tuple[int, int]
    feed: Feed

    @property
    def guided(self) -> bool:
        return self.brief.sampling.guidance != 1


def _paint(planner: Planner, brief: Brief, kv_rows: tuple[int, int]) -> Generator[Feed, Answer, None]:
    """Read the caption, write the plan or read the one that is given, then draw position after position."""
    random = torch.Generator().manual_seed(brief.seed)
    told, bare = _Text(planner, brief.grid, kv_rows[0]), _Text(planner, brief.grid, kv_rows[1])
    opening = [text.BOS, *brief.caption, text.PLAN]
    if brief.origin is not None:
        plan = yield from _replanned(planner, brief, brief.origin, kv_rows[0], random)
        yield from told.read(opening + planner.words.encode_plan(plan))
    elif brief.plan is not None:
        plan = brief.plan
        yield from told.read(opening + planner.words.encode_plan(plan))
    else:
        body_D = yield from told.read(opening)
        plan = yield from _plan(planner.writer(brief.grid, random, brief.sampling), told, body_D)
    guided = brief.sampling.guidance != 1
    if guided:
        # A caption without a plan, as the model has seen in training.
        yield from bare.read([text.BOS, *(brief.avoided or [text.NULL])])
    # The row without the prompt comes first, if it is there: the last row is the one with it.
    texts, facts = [told], [planner.facts.of(plan, brief.grid)]
    if guided:
        texts, facts = [bare, told], [planner.facts.nothing(brief.grid), *facts]
    yield from _draw(planner.model, brief, texts, facts, random)


def _plan(writer: Writer, told: "_Text", body_D: Tensor) -> Generator[Feed, Answer, Plan]:
    while writer.plan is None:
        body_D = yield from told.read([writer.write(body_D)])
    return writer.plan


def _replanned(
    planner: Planner, brief: Brief, origin: Origin, kv_row: int, random: torch.Generator
) -> Generator[Feed, Answer, Plan]:
    """The plan of the picture that is there; where that is drawn anew after other words, what these plan."""
    told, seeded = _Text(planner, brief.grid, kv_row), torch.Generator().manual_seed(origin.seed)
    body_D = yield from told.read([text.BOS, *origin.caption, text.PLAN])
    old = yield from _plan(planner.writer(brief.grid, seeded, brief.sampling), told, body_D)
    if origin.caption == brief.caption or brief.kept is None:
        return old
    # What is written over in memory is not looked at again.
    told = _Text(planner, brief.grid, kv_row)
    body_D = yield from told.read([text.BOS, *brief.caption, text.PLAN])
    new = yield from _plan(planner.writer(brief.grid, random, brief.sampling), told, body_D)
    plan = merged(old, new, [divmod(position, brief.grid[1]) for position in brief.kept.drawn], brief.grid)
    return plan if len(planner.words.encode_plan(plan)) <= LONGEST else old


def _draw(
    model: Transformer, brief: Brief, texts: "list[_Text]", facts: list[tuple[Tensor, Tensor]], random: torch.Generator
) -> Generator[Feed, Answer, None]:
    layouts_BPD = model.layout(*(torch.stack(each).to(_device(model)) for each in zip(*facts, strict=True)))
    uniform_P8 = torch.rand(brief.positions, 2 * N_SLOTS, generator=random)
    way = _Way(model, brief, [each.kv_row for each in texts], [each.length for each in texts], layouts_BPD)
    before_D = None
    if brief.kept is None:
        for position in range(brief.positions):
            _, before_D = yield way.to(position, [before_D], uniform_P8[position])
        return
    # What stays is read between the positions that are drawn, chunk by chunk, as a text is.
    kept_PD = model.codes_in(brief.kept.codes_P42[None].to(_device(model)))[0]
    begun = 0
    for position in brief.kept.drawn:
        known = [before_D, *kept_PD[begun:position]]
        while len(known) > CHUNK:
            yield way.to(position - len(known) + CHUNK, known[:CHUNK], None)
            known = known[CHUNK:]
        _, before_D = yield way.to(position, known, uniform_P8[position])
        begun = position + 1


class _Way:
    """The positions of one picture as rows of a step, in all of its sequences: the one with the prompt comes last."""

    def __init__(
        self, model: Transformer, brief: Brief, kv_rows: list[int], lengths: list[int], layouts_BPD: Tensor
    ) -> None:
        self._kv_rows, self._lengths = kv_rows, lengths
        self._guides_BPD = model.guide(brief.grid, layouts_BPD)
        starts_B = torch.tensor(lengths) + 1
        self._coords_BP3 = image_coords(starts_B, 0, brief.positions, brief.grid[1])
        begin = torch.full((len(kv_rows), 1), text.IMG, device=_device(model))
        self._begin_BD = model.embed_prompt(begin, brief.grid, layouts_BPD)[:, 0]

    def to(self, position: int, before: list[Tensor | None], uniform_8: Tensor | None) -> Feed:
        """The rows that end at `position`; `before` are the vectors of as many positions before it, None for none."""
        first = position - len(before) + 1
        places = [self._at(first + number, x_D) for number, x_D in enumerate(before)]
        x_RD, coords_R3 = (torch.cat(each) for each in zip(*places, strict=True))
        indexes = [length + first + number for number in range(len(before)) for length in self._lengths]
        return Feed(x_RD, self._kv_rows * len(before), indexes, coords_R3, uniform_8)

    def _at(self, position: int, before_D: Tensor | None) -> tuple[Tensor, Tensor]:
        """The rows of one position, a row a sequence. The first stands where the text ends, on all three axes."""
        if before_D is None:
            return self._begin_BD, torch.tensor(self._lengths)[:, None].expand(-1, 3)
        return before_D + self._guides_BPD[:, position], self._coords_BP3[:, position - 1]


def _device(model: Transformer) -> torch.device:
    return model.text_embed.weight.device


class _Text:
    """The text of one sequence: a token stands at its index on all three axes."""

    def __init__(self, planner: Planner, grid: tuple[int, int], kv_row: int) -> None:
        self.kv_row, self.length = kv_row, 0
        self._model, self._grid = planner.model, grid

    def read(self, tokens: list[int]) -> Generator[Feed, Answer, Tensor]:
        """Take in tokens, chunk by chunk; returns the vector after the last."""
        device = _device(self._model)
        x_TD = self._model.embed_prompt(torch.tensor([tokens], device=device), self._grid)[0]
        body_D = x_TD[-1]
        for chunk_TD in x_TD.split(CHUNK):
            indexes = list(range(self.length, self.length + len(chunk_TD)))
            self.length += len(chunk_TD)
            coords_T3 = torch.tensor(indexes)[:, None].expand(-1, 3)
            body_D, _ = yield Feed(chunk_TD, [self.kv_row] * len(chunk_TD), indexes, coords_T3)
        return body_D


def _gathered(feeds: list[Feed]) -> Rows:
    return Rows(
        torch.cat([feed.x_RD for feed in feeds]),
        [kv_row for feed in feeds for kv_row in feed.kv_rows],
        [index for feed in feeds for index in feed.indexes],
        torch.cat([feed.coords_R3 for feed in feeds]),
    )


def draw(step: Step, planner: Planner, briefs: list[Brief]) -> Tensor:
    """The codes (pictures, positions, 4, 2) of pictures of one grid, all at once."""
    batch: Batch[int] = Batch(step, planner)
    for number, brief in enumerate(briefs):
        batch.admit(number, brief)
    codes: list[list[Tensor]] = [[] for _ in briefs]
    while len(batch):
        for number, codes_42 in batch.advance():
            codes[number].append(codes_42)
    return torch.stack([torch.stack(each) for each in codes])
