"""What is counted, of one prompt and what was found in one picture of it: each measure is a ratio, summed later."""

from collections.abc import Callable
from itertools import combinations

from generation.evaluation.asked import Prompt, agrees
from generation.evaluation.figures import Ratio
from generation.evaluation.glyphs import folded
from generation.evaluation.judge import Found
from generation.evaluation.reading import distance
from generation.evaluation.seen import Seen

Measure = Callable[[Prompt, Found], Ratio]


def right(prompt: Prompt, found: Found) -> Ratio:
    """Pictures that agree with all that was asked for of objects."""
    return float(agrees(prompt, found.seen)), 1.0


def styled(prompt: Prompt, found: Found) -> Ratio:
    """Pictures in the style that was asked for, with the object."""
    return float(found.style == prompt.style and agrees(prompt, found.seen)), 1.0


def whole(prompt: Prompt, found: Found) -> Ratio:
    """Pictures that agree in objects and, to the letter, in text."""
    return float(agrees(prompt, found.seen) and folded(found.text) == folded(prompt.written)), 1.0


def characters(prompt: Prompt, found: Found) -> Ratio:
    """Wrong characters (inserted, missing, replaced) of those asked for, by the own reader."""
    wanted = folded(prompt.written)
    return float(distance(folded(found.text), wanted)), float(len(wanted))


def characters_outside(prompt: Prompt, found: Found) -> Ratio:
    """The same by tesseract; upper and lower case are one: in a line that has but one, it cannot tell."""
    wanted = folded(prompt.written).casefold()
    if found.outsider is None:
        return 0.0, 0.0
    return float(distance(folded(found.outsider).casefold(), wanted)), float(len(wanted))


def exact(prompt: Prompt, found: Found) -> Ratio:
    """Texts without a wrong character."""
    return float(folded(found.text) == folded(prompt.written)), 1.0


def recall(prompt: Prompt, found: Found) -> Ratio:
    """Named objects that are there."""
    there = {seen.thing for seen in found.seen}
    return float(sum(wanted.thing in there for wanted in prompt.include)), float(len(prompt.include))


def precision(prompt: Prompt, found: Found) -> Ratio:
    """Objects in the picture that were named."""
    named = {wanted.thing for wanted in prompt.include}
    return float(sum(seen.thing in named for seen in found.seen)), float(len(found.seen))


def bound(prompt: Prompt, found: Found) -> Ratio:
    """Objects with a named colour that, where they are there, have it."""
    there = {seen.thing for seen in found.seen}
    pairs = {(seen.thing, seen.colour) for seen in found.seen}
    asked = [wanted for wanted in prompt.include if wanted.colour and wanted.thing in there]
    return float(sum((wanted.thing, wanted.colour) in pairs for wanted in asked)), float(len(asked))


def variety(pictures: list[Found]) -> Ratio:
    """How unlike the layouts of pictures of one prompt are: over all pairs, the share of (thing, colour, place) that
    only one of both has. Places are those of whole positions."""
    layouts = [{_place(seen) for seen in found.seen} for found in pictures]
    pairs = list(combinations(layouts, 2))
    apart = sum(1 - len(one & other) / len(one | other) for one, other in pairs if one | other)
    return float(apart), float(len(pairs))


def _place(seen: Seen) -> tuple[str, str, int, int]:
    return seen.thing, seen.colour, int(seen.centre[0]), int(seen.centre[1])
