"""What is kept out of training: combinations chosen by a hash, so that the choice needs no list and never moves."""

import hashlib

ONE_IN = 10


def is_held_out(kind: str, *parts: str) -> bool:
    """Whether a combination is only for evaluation. Kinds: colour (thing, colour), relation (thing, relation, thing;
    told in either direction it is the same), style (thing, style), word (the written text, case folded)."""
    if kind == "relation":
        parts = _one_direction(parts)
    if kind == "style" and parts[-1] == "render":
        return False  # the plain style is not a combination: everything is shown in it
    digest = hashlib.sha256("\x1f".join((kind, *(part.casefold() for part in parts))).encode()).digest()
    return int.from_bytes(digest[:4], "big") % ONE_IN == 0


def _one_direction(parts: tuple[str, ...]) -> tuple[str, ...]:
    from generation.world.vocabulary import INVERSE

    first, relation, second = parts
    return min((first, relation, second), (second, INVERSE[relation], first))
