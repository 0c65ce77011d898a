"""What the evaluators learn from: scenes on both sides of the split, pages full of letters, and their blemishes."""

import random
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.tokenizer import Tokenizer
from generation.evaluation.glyphs import NONE, Reader, alphabet
from generation.evaluation.seen import COLOUR_NAMES, truth
from generation.world.render import render_batch
from generation.world.sampling import sample_scene
from generation.world.scene import SQUARE, Group, Scene, Writing
from generation.world.vocabulary import BOARDS, STYLES, THINGS, TINTS
from generation.world.words import SCRIPTS, WIDE, sample_word

FIRST_SEED = 3_000_000_000  # scenes from this seed on belong to the evaluators alone
KINDS = {"empty": 1, "one": 3, "pair": 6, "count": 4, "few": 4, "crowd": 5, "text": 2}
NOTHING = -100  # the class that a loss leaves out
NUMBERS = {thing.name: number for number, thing in enumerate(THINGS)}


@dataclass(frozen=True)
class Lesson:
    """Pictures (B, 3, H, W) as bytes, and what is true of them. Maps without B are of one picture.

    At the corners of the detector: thing_BRS and colour_BRS (NOTHING where none is, or none can be told), side_BRS in
    positions, hidden_BRS. style_B. In the slots of the reader: letter_BRC within the alphabet of script_B.
    """

    image: Tensor
    thing: Tensor
    colour: Tensor
    side: Tensor
    hidden: Tensor
    style: Tensor
    letter: Tensor
    script: Tensor

    def at(self, number: int) -> "Lesson":
        return Lesson(*(value[number] for value in vars(self).values()))


def join(lessons: list[Lesson]) -> Lesson:
    return Lesson(*(torch.stack(values) for values in zip(*(vars(one).values() for one in lessons), strict=True)))


def scene_lessons(first: int, count: int, reader: Reader) -> Lesson:
    """Scenes in which any thing has any colour and any word is written, so that no side of the split looks odd."""
    scenes = [_mixed(first + number) for number in range(count)]
    return _lesson(render_batch(scenes).image_BCHW, scenes, reader)


def page_lessons(first: int, count: int, reader: Reader) -> Lesson:
    """Scenes whose board is full of letters, since a sign shows but a few."""
    scenes = [_page(first + number) for number in range(count)]
    return _lesson(render_batch(scenes).image_BCHW, scenes, reader)


def _mixed(seed: int) -> Scene:
    rng = random.Random(seed)
    scene = sample_scene(seed, kind=rng.choices(tuple(KINDS), weights=tuple(KINDS.values()))[0])
    if len(scene.items) in (1, 2) and rng.random() < 0.4:
        scene = replace(scene, style=rng.choice(STYLES))
    groups: list[Group] = []
    for group in scene.groups:
        thing, colour = rng.choice(THINGS), rng.choice((None, *TINTS)) if rng.random() < 0.8 else None
        if scene.backdrop.kind == "plain" and (colour or thing.own_colour) in scene.backdrop.colours:
            groups.append(group)  # yellow on yellow cannot be seen
        else:
            groups.append(replace(group, thing=thing, colour=colour))
    writing = scene.writing and replace(
        scene.writing, lines=tuple(_thrown(rng, scene.writing.script, len(line)) for line in scene.writing.lines)
    )
    return replace(scene, groups=tuple(groups), writing=writing)


def _thrown(rng: random.Random, script: str, length: int) -> str:
    return "".join(rng.choice(alphabet(script)) for _ in range(length))


def _page(seed: int) -> Scene:
    rng = random.Random(seed)
    scene = sample_scene(seed, kind="text")
    script, kind = rng.choice((*SCRIPTS, "hangul", "kana")), rng.choice(("sign", "label", "poster"))
    rows, left = rng.randint(3, SQUARE[0] - 2), rng.randint(1, 2)
    longest = SQUARE[1] - 1 - left if script in WIDE else 2 * (SQUARE[1] - 1 - left)
    lines = tuple(_filled(rng, script, longest) for _ in range(rows))
    writing = Writing(kind, script, lines, rng.choice(BOARDS), rng.randint(1, SQUARE[0] - 1 - rows), left)
    return replace(scene, writing=writing, groups=())


def _filled(rng: random.Random, script: str, longest: int) -> str:
    """Letters thrown together, or words of either side of the split run together."""
    length = rng.randint(max(longest - 3, 1), longest)
    if rng.random() < 0.5:
        return _thrown(rng, script, length)
    line = ""
    while len(line) < length:
        line += sample_word(rng, script, held_out=rng.random() < 0.5)
    return line[:length]


def _lesson(image_BCHW: Tensor, scenes: list[Scene], reader: Reader) -> Lesson:
    taught = [(*_objects(scene), *_letters(scene, reader)) for scene in scenes]
    thing, colour, side, hidden, style, letter, script = (torch.stack(values) for values in zip(*taught, strict=True))
    return Lesson((image_BCHW * 255).round().byte(), thing, colour, side, hidden, style, letter, script)


def _objects(scene: Scene) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    rows, columns = scene.grid[0] * 2 + 1, scene.grid[1] * 2 + 1
    thing, colour = torch.full((2, rows, columns), NOTHING).unbind()
    side, hidden = torch.zeros(2, rows, columns).unbind()
    for seen in truth(scene):
        at = int(seen.centre[0] * 2), int(seen.centre[1] * 2)
        thing[at] = NUMBERS[seen.thing]
        if scene.style != "pencil":  # which has no colours
            colour[at] = COLOUR_NAMES.index(seen.colour)
        side[at], hidden[at] = seen.side, float(seen.hidden)
    return thing, colour, side, hidden, torch.tensor(STYLES.index(scene.style))


def _letters(scene: Scene, reader: Reader) -> tuple[Tensor, Tensor]:
    letter = torch.full((scene.grid[0], scene.grid[1] * 2), NONE)
    writing = scene.writing
    if writing is None:
        return letter, torch.tensor(NOTHING)
    step = 2 if writing.script in WIDE else 1
    for number, line in enumerate(writing.lines):
        spare = 2 * (writing.width + 1) - step * len(line)  # slots of the board without a letter
        first = 2 * writing.left - 1 + spare // 2
        for place, char in enumerate(line):
            letter[writing.top + number, first + step * place] = reader.number(char, writing.script)
    return letter, torch.tensor(SCRIPTS.index(writing.script))


def through(tokenizer: Tokenizer, lesson: Lesson) -> Lesson:
    """The same truth of what the tokenizer makes of the pictures."""
    device = next(tokenizer.parameters()).device
    codes = tokenizer.to_codes(lesson.image.to(device).float() / 255)
    return replace(lesson, image=(tokenizer.to_image(codes).cpu() * 255).round().byte())


def blemished(image_BCHW: Tensor) -> Tensor:
    """Bytes to pictures in 0..1 with a shift of colours, half of them blurred, half noisy: as drawn ones may be."""
    image = image_BCHW.float() / 255
    gain, shift = 1 + 0.1 * (torch.rand(len(image), 3, 1, 1) - 0.5), 0.06 * (torch.rand(len(image), 3, 1, 1) - 0.5)
    image = image * gain + shift
    blurred, noisy = torch.rand(2, len(image)) < 0.5
    sharp = image[blurred]
    soft = F.avg_pool2d(F.pad(sharp, (1, 1, 1, 1), mode="replicate"), 3, 1)
    image[blurred] = sharp.lerp(soft, torch.rand(len(sharp), 1, 1, 1))
    noise = torch.rand_like(image[noisy]) - 0.5
    image[noisy] += noise * 0.17 * torch.rand(len(noise), 1, 1, 1)
    return image.clamp(0, 1)
