"""The family of a picture: what it was made from, and what was made from it, by edits and variations.

Four queries, however large it is. The way leads through pictures that the reader sees and that do not lie in the bin:
what is beyond one that is hidden is not shown either.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

from django.db import connection

from accounts.models import User
from generation.models import Picture
from generation.services import browse

UP, DOWN = 6, 4
"""Levels that are looked at."""

MOST = 24
"""Pictures of a family that are shown; those nearest to the picture go first."""

# Both walk along generation_reference.picture_id; what the reader may see is asked when the rows are read.
_UP = """
with recursive up (id, level) as (
    select %s::uuid, 0
    union
    select r.picture_id, up.level + 1 from up
    join generation_picture p on p.id = up.id
    join generation_generation g on g.id = p.generation_id
    join generation_reference r on r.id = g.reference_id
    where r.picture_id is not null and up.level < %s
)
select id, level, null::uuid from up where level > 0 order by level
"""
_DOWN = """
with recursive down (id, level, parent, made) as (
    select %(start)s::uuid, 0, null::uuid, null::timestamptz
    union
    select p.id, down.level + 1, down.id, p.created_at from down
    join generation_reference r on r.picture_id = down.id
    join generation_generation g on g.reference_id = r.id
    join generation_picture p on p.generation_id = g.id
    where down.level < %(levels)s
)
select id, level, parent from down where level > 0 order by level, made, id limit %(most)s
"""


@dataclass
class Node:
    """A picture of the family, with what was made from it."""

    picture: Picture
    children: list["Node"] = field(default_factory=list)


@dataclass(frozen=True)
class Family:
    """`top` is the oldest that is seen. `is_cut`: it began with a picture that is not seen, or not here."""

    top: Node
    is_cut: bool
    is_more: bool

    @property
    def is_alone(self) -> bool:
        return not self.top.children


def of(*, picture: Picture, reader: User) -> Family:
    """The family of a picture that the reader sees."""
    above = _walk(_UP, [picture.pk, UP])
    below = _walk(_DOWN, {"start": picture.pk, "levels": DOWN, "most": 4 * MOST})
    if above:
        # What else was made from the same picture.
        below += _walk(_DOWN, {"start": above[0][0], "levels": 1, "most": MOST})
    rows = Picture.there.filter(browse.visible_to(reader, of="generation"), workspace=picture.workspace_id)
    ids = {row[0] for row in (*above, *below)}
    known = rows.filter(pk__in=ids).select_related("generation__reference")
    seen = {one.pk: one for one in known} | {picture.pk: picture}
    line = _line(picture, above, seen)
    nodes = {one.pk: Node(one) for one in line}
    for younger, older in pairwise(line):
        nodes[older.pk].children.append(nodes[younger.pk])
    is_more = _hang(below, seen, nodes)
    return Family(nodes[line[-1].pk], is_cut=bool(line[-1].generation.change), is_more=is_more)


def root(picture: Picture) -> Picture | None:
    """The picture that it came from in the end, whoever sees that; None where it began with something else."""
    above = _walk(_UP, [picture.pk, UP])
    rows = Picture.objects.filter(workspace=picture.workspace_id).select_related("generation")
    first = rows.filter(pk=above[-1][0] if above else picture.pk).first()
    return first if first and not first.generation.change else None


def _line(picture: Picture, above: list[tuple[UUID, int, UUID | None]], seen: dict[UUID, Picture]) -> list[Picture]:
    """The picture and those it came from, as far as they are seen without a gap."""
    line = [picture]
    for pk, _, _ in above:
        if pk not in seen:
            break
        line.append(seen[pk])
    return line


def _hang(below: list[tuple[UUID, int, UUID | None]], seen: dict[UUID, Picture], nodes: dict[UUID, Node]) -> bool:
    """Hang each picture on the one that it was made from; returns whether some found no room."""
    for pk, _, parent in below:
        if pk in nodes or pk not in seen or parent not in nodes:
            continue
        if len(nodes) >= MOST:
            return True
        nodes[pk] = Node(seen[pk])
        nodes[parent].children.append(nodes[pk])
    return False


def _walk(sql: str, parameters: object) -> list[tuple[UUID, int, UUID | None]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)  # type: ignore[arg-type]  # a list or a mapping
        found: list[tuple[UUID, int, UUID | None]] = cursor.fetchall()
    return found
