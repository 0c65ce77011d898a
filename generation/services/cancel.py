"""Stops a generation. Pictures that were delivered stay, and stay charged."""

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.permissions import Action
from accounts.services import rights
from generation import progress
from generation.models import Generation
from generation.services import lease

Status = Generation.Status


def stop(*, generation: Generation, actor: User) -> Generation:
    """As `cancel`, for a person: one's own, or with the right to moderate everybody's. Raises PermissionDenied."""
    rights.demand(actor, Action.CREATE, generation.workspace)
    if generation.requested_by_id != actor.pk:
        rights.demand(actor, Action.MODERATE, generation.workspace)
    return cancel(generation=generation)


@transaction.atomic
def cancel(*, generation: Generation) -> Generation:
    """End a queued generation at once; have the worker of a running one stop at its next step. Else do nothing."""
    row = Generation.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=generation.pk)
    if row.status == Status.QUEUED:
        withdraw(generation=row)
    elif row.status == Status.RUNNING and row.cancel_requested_at is None:
        Generation.objects.filter(pk=row.pk).update(cancel_requested_at=Now())
        transaction.on_commit(lambda: progress.ask_to_stop(row.pk), robust=True)
    row.refresh_from_db()
    return row


def withdraw(*, generation: Generation) -> bool:
    """End the generation if no worker has it; False, and it is drawn on, when one has."""
    rows = Generation.objects.filter(pk=generation.pk, status=Status.QUEUED)
    return lease.close(rows, generation, status=Status.CANCELED)
