"""Which generations were asked for while their workspace shared its data, and taking that back.

The mark on a generation is for people to see and for queries to find; what counts in the end is that a time of sharing
which was not withdrawn covers it.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django_scopes import scope

from accounts.models import Workspace
from billing.models import DataSharing
from generation.models import Generation
from generation.services import outbox

WITHDRAW = "generation.tasks.withdraw_shared_data"
BATCH = 1000


def shared() -> QuerySet[Generation]:
    """What may be used as data: marked, and in a time of sharing that was not taken back."""
    return Generation.objects.filter(_covered(), is_data_shared=True)


def withdraw_soon(sender: type[DataSharing], *, workspace: Workspace, **kwargs: Any) -> None:
    """Have the marks cleared after the transaction that takes the sharing back: there may be very many."""
    outbox.put(workspace=workspace, task=WITHDRAW, subject=workspace.pk)


def withdraw(workspace: Workspace) -> int:
    """Clear the marks of what was taken back, some at a time; how many. Running it again does no harm."""
    cleared = 0
    with scope(workspace=workspace):
        while keys := list(_withdrawn(workspace).values_list("pk", flat=True)[:BATCH]):
            cleared += Generation.objects.filter(pk__in=keys).update(is_data_shared=False)
    return cleared


def _withdrawn(workspace: Workspace) -> QuerySet[Generation]:
    return Generation.objects.filter(~_covered(), workspace=workspace, is_data_shared=True)


def _covered() -> Exists:
    times = DataSharing.objects.filter(workspace=OuterRef("workspace"), withdrawn_at=None)
    until = Q(ended_at=None) | Q(ended_at__gte=OuterRef("created_at"))
    return Exists(times.filter(until, started_at__lte=OuterRef("created_at")))
