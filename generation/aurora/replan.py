"""The plan of a picture of which a region is drawn anew: the old one where it stays, new words' plan in the region."""

from collections.abc import Collection
from dataclasses import replace

from generation.aurora.plan import Plan, PlannedGroup

Place = tuple[int, int]


def merged(old: Plan, new: Plan, drawn: Collection[Place], grid: Place) -> Plan:
    """`drawn` are the (row, column) that are drawn anew. Scenery and light are the old ones, as most of them is there.

    What the new words name is put where an old thing goes, or else where it is planned in the region, or in its middle.
    """
    cells = set(drawn)
    stays: list[PlannedGroup] = []
    gone: list[tuple[Place, int]] = []
    for group in old.groups:
        left = tuple(place for place in group.places if not _goes(place, group.span, cells))
        gone += [(place, group.span) for place in group.places if place not in left]
        stays += [replace(group, places=left)] if left else []
    come = [found for group in new.groups if (found := _coming(group, stays, gone, cells, grid)) is not None]
    keeps_text = old.writing is not None and (old.writing.row, old.writing.column) not in cells
    return replace(old, groups=(*stays, *come), writing=old.writing if keeps_text else new.writing)


def _goes(place: Place, span: int, cells: set[Place]) -> bool:
    """Whether at least half of the thing is drawn anew."""
    square = [(place[0] + y, place[1] + x) for y in range(span) for x in range(span)]
    return 2 * sum(each in cells for each in square) >= len(square)


def _coming(
    group: PlannedGroup, stays: list[PlannedGroup], gone: list[tuple[Place, int]], cells: set[Place], grid: Place
) -> PlannedGroup | None:
    """Those of a group that are not there yet; takes the places that they get out of `gone`."""
    there = sum(len(one.places) for one in stays if (one.thing, one.colour) == (group.thing, group.colour))
    missing = len(group.places) - there
    if missing <= 0 or not cells:
        return None
    span = gone[0][1] if gone else group.span
    places = [gone.pop(0)[0] for _ in range(min(missing, len(gone)))]
    planned = [place for place in group.places if _goes(place, span, cells)]
    places += planned[: missing - len(places)]
    return replace(group, span=span, places=tuple(places or [_middle(cells, span, grid)]))


def _middle(cells: set[Place], span: int, grid: Place) -> Place:
    ends = ((min(each), max(each), most) for each, most in zip(zip(*cells, strict=True), grid, strict=True))
    row, column = (max(0, min((low + high + 1 - span) // 2, most - span)) for low, high, most in ends)
    return row, column
