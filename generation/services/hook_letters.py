"""Tells the owners of a workspace that one of its webhooks was turned off."""

from smtplib import SMTPRecipientsRefused
from uuid import UUID

import structlog
from django.db import transaction
from django_scopes import scopes_disabled

from accounts.models import Membership
from accounts.services import letters
from generation.models import Hook

log = structlog.get_logger(__name__)


@transaction.atomic
def tell_owners(hook_id: UUID) -> None:
    """Once each time; a mail server that is away has it done later. Raises OSError."""
    with scopes_disabled():
        rows = Hook.objects.select_for_update(of=("self",), skip_locked=True).select_related("workspace")
        hook = rows.filter(pk=hook_id, owners_told=False, is_on=False).first()
        if hook is None:
            return
        hook.owners_told = True
        hook.save(update_fields=["owners_told"])
        owners = Membership.objects.filter(workspace=hook.workspace, role=Membership.Role.OWNER, user__is_active=True)
        for owner in owners.select_related("user"):
            _write(owner, hook)


def untold() -> list[UUID]:
    """Hooks whose owners do not know yet."""
    with scopes_disabled():
        return list(Hook.objects.filter(owners_told=False, is_on=False).values_list("pk", flat=True)[:100])


def _write(owner: Membership, hook: Hook) -> None:
    about = {"person": owner.user, "workspace": hook.workspace, "hook": hook}
    try:
        letters.send(owner.user.email, "webhooks/mail/turned_off", **about)
    except SMTPRecipientsRefused as error:
        # One bad address keeps no letter from the others.
        log.warning("letter_refused", letter="turned_off", user=str(owner.user_id), error=str(error))
