"""Keeps a person from making pictures, in any workspace, and lets them again. For staff."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import audit


@transaction.atomic
def lock(*, person: User, reason: str, by: User) -> None:
    """Nothing more is drawn for the person, who is told why. What they have stays theirs."""
    row = User.objects.select_for_update().get(pk=person.pk)
    if row.locked_from_making_at:
        return
    row.locked_from_making_at, row.locked_from_making_why = timezone.now(), reason[:200]
    row.save(update_fields=["locked_from_making_at", "locked_from_making_why"])
    audit.record("making.locked", workspace=None, actor=by, target=row.email, reason=reason)


@transaction.atomic
def unlock(*, person: User, by: User) -> None:
    row = User.objects.select_for_update().get(pk=person.pk)
    if not row.locked_from_making_at:
        return
    row.locked_from_making_at, row.locked_from_making_why = None, ""
    row.save(update_fields=["locked_from_making_at", "locked_from_making_why"])
    audit.record("making.unlocked", workspace=None, actor=by, target=row.email)
