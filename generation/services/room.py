"""How much room a workspace's pictures take, and how much its plan holds.

The sum is a row that triggers keep as pictures come and go, so that asking is cheap however many there are; a recount
by night, or by `manage.py recount_storage`, proves it.
"""

from django.db import transaction
from django.db.models import Sum
from django_scopes import scope, scopes_disabled

from accounts.models import Workspace
from billing.plans import FREE, Plan
from generation.models import Picture, StorageUse


class StorageFull(Exception):
    """The workspace's pictures take all the room that its plan holds."""


def used(workspace: Workspace) -> int:
    """Bytes that the workspace's pictures take."""
    return StorageUse.objects.filter(workspace=workspace).values_list("bytes", flat=True).first() or 0


def admit(*, workspace: Workspace, plan: Plan) -> None:
    """Whether anything more may be kept. Raises StorageFull. What is under way already is kept, full or not."""
    if used(workspace) < plan.storage_total:
        return
    way = "An owner can choose a plan with more." if plan.name == FREE.name else "Ask the people who run this site."
    there = words(plan.storage_total)
    raise StorageFull(f"The {there} of this workspace are full. {way} Nothing was drawn or charged.")


def words(size: int) -> str:
    """A number of bytes as people read it, in powers of ten, as plans are."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if size >= 10**power:
            number = f"{size / 10**power:.1f}".removesuffix(".0")
            return f"{number} {unit}"
    return f"{size} B"


def recount() -> list[Workspace]:
    """Put every sum right; the workspaces whose sum was wrong."""
    with scopes_disabled():
        sums = dict(Picture.objects.order_by().values_list("workspace").annotate(bytes=Sum("byte_size")))
        kept = dict(StorageUse.objects.values_list("workspace", "bytes"))
        differ = [pk for pk in sums.keys() | kept.keys() if sums.get(pk, 0) != kept.get(pk, 0)]
        suspects = list(Workspace.objects.filter(pk__in=differ))
    return [workspace for workspace in suspects if _recount(workspace)]


@transaction.atomic
def _recount(workspace: Workspace) -> bool:
    with scope(workspace=workspace):
        # Deliveries wait for this row, so those that are not in the sum are added to it.
        StorageUse.objects.get_or_create(workspace=workspace)
        row = StorageUse.objects.select_for_update().get(workspace=workspace)
        total = Picture.objects.filter(workspace=workspace).aggregate(bytes=Sum("byte_size"))["bytes"] or 0
        if row.bytes == total:
            return False
        row.bytes = total
        row.save(update_fields=["bytes"])
        return True
