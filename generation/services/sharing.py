"""Whether the workspace sees a generation, which its maker decides."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User, Workspace
from accounts.services import audit
from generation.models import Generation


def default(workspace: Workspace) -> bool:
    """Whether pictures are shared where nobody says otherwise."""
    return workspace.shares_pictures


@transaction.atomic
def share(*, generation: Generation, by: User, is_shared: bool) -> Generation:
    """Show the generation to the workspace, or to its maker alone. Raises PermissionDenied for anybody else."""
    row = Generation.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=generation.pk)
    if row.requested_by_id != by.pk:
        raise PermissionDenied("Only who made a picture decides who sees it.")
    if row.is_shared != is_shared:
        row.is_shared = is_shared
        row.save(update_fields=["is_shared"])
        if not is_shared:
            # Shown to the workspace again, it is not shown to everybody by that.
            row.pictures.update(published_at=None)
        audit.record(
            "picture.shared" if is_shared else "picture.hidden",
            workspace=row.workspace,
            actor=by,
            target=row.pk,
            pictures=row.pictures.count(),
        )
    return row
