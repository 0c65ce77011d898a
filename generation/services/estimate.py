"""How long a queued generation is likely to wait."""

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django_scopes import scopes_disabled

from generation import catalog, valkey
from generation.models import Generation, Picture
from generation.services import workers

Status = Generation.Status


@dataclass(frozen=True)
class Waiting:
    """Pictures that come first, and the seconds they take: None where no worker has measured its pace yet."""

    ahead: int
    seconds: float | None


def waiting(generation: Generation) -> Waiting:
    """What stands before a queued generation: all that runs, and what is queued with an earlier turn."""
    sizes = _ahead(generation)
    cost = sum(pictures * catalog.positions(size) for size, pictures in sizes.items())
    pace = _pace()
    return Waiting(ahead=sum(sizes.values()), seconds=cost / pace if pace else None)


def _ahead(generation: Generation) -> dict[catalog.Size, int]:
    """Pictures still to be drawn, by their size."""
    earlier = Q(turn__lt=generation.turn) | Q(turn=generation.turn, created_at__lt=generation.created_at)
    with scopes_disabled():
        pictures = Picture.objects.filter(generation=OuterRef("pk")).order_by().values("generation")
        drawn = Coalesce(Subquery(pictures.annotate(count=Count("pk")).values("count")), 0)
        rows = Generation.objects.filter(Q(status=Status.RUNNING) | Q(earlier, status=Status.QUEUED))
        by_size = rows.annotate(missing=F("n") - drawn).order_by().values_list("width", "height")
        return {catalog.Size(width, height): left for width, height, left in by_size.annotate(Sum("missing"))}


def _pace() -> float:
    """Positions a second of all workers together, as far as they are known."""
    alive = valkey.hint("estimate", lambda _: workers.live_workers()) or []
    return sum(worker.rate or 0.0 for worker in alive if not worker.is_draining)
