"""Who comes next: start-time fair queueing across workspaces, by two tags that stand in the row.

A generation's turn starts where the last one of its workspace ends, or at the site's time if that is later, and is as
long as its cost divided by the workspace's weight. Workers take the smallest start first. So a flood pays with its
place: its next picture stands behind the first one of anybody else, and two floods share by their weights.

Batches stand in a line of their own, in the same way, which begins behind all that others will ever ask for.
"""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django_scopes import scopes_disabled

from accounts.models import Workspace
from generation.models import Generation

BEHIND_ALL = 1e12
"""Where the turns of batches begin: a busy site takes ten thousand years to get there, and a float still tells their
positions apart."""


@dataclass(frozen=True)
class Turn:
    """Start and finish tag."""

    start: float
    end: float


def turn(*, now: float, last_end: float, cost: float, weight: float) -> Turn:
    """The turn of what is asked for at the site's time `now` by a workspace whose last turn ends at `last_end`."""
    start = max(now, last_end)
    return Turn(start, start + cost / weight)


def turn_for(*, workspace: Workspace, cost: float, weight: float, in_batch: bool = False) -> Turn:
    """The turn of the workspace's next generation. Two at once get the same one: hold the workspace's lock."""
    line = {"batch__isnull": not in_batch}
    now, last_end = _served(workspace, line)
    start = BEHIND_ALL if in_batch else 0.0
    return turn(now=max(start, now), last_end=last_end, cost=cost, weight=weight)


def _served(workspace: Workspace, line: dict[str, bool]) -> tuple[float, float]:
    """The site's time, and where the last turn of the workspace ends; in one query, as it runs under a lock.

    The time is how far the line has been served: it never runs back, and stands still over an idle night.
    """
    with scopes_disabled():
        rows = Generation.objects.filter(**line)
        # What was stopped before anybody began it has taken nothing from others.
        taken = rows.filter(workspace=OuterRef("pk")).exclude(started_at=None, finished_at__isnull=False)
        # Ordered and cut, not aggregated: that reads one entry of an index, also within a subquery.
        found = Workspace.objects.filter(pk=workspace.pk).values_list(
            Subquery(rows.filter(started_at__isnull=False).order_by("-turn").values("turn")[:1]),
            Subquery(taken.order_by("-turn_end").values("turn_end")[:1]),
        )
        now, last_end = found[0]
    return now or 0.0, last_end or 0.0
