"""Writes to makers what moderators have decided about theirs."""

from smtplib import SMTPRecipientsRefused
from uuid import UUID

import structlog
from django.db import transaction
from django_scopes import scopes_disabled

from accounts.services import letters
from generation.models import Appeal, Verdict

log = structlog.get_logger(__name__)


@transaction.atomic
def tell(verdict_id: UUID) -> None:
    """Once each decision; a mail server that is away has it done later. Raises OSError."""
    with scopes_disabled():
        rows = Verdict.objects.select_for_update(of=("self",), skip_locked=True)
        found = rows.select_related("workspace", "generation__requested_by").filter(pk=verdict_id, is_told=False)
        if (verdict := found.first()) is None:
            return
        verdict.is_told = True
        verdict.save(update_fields=["is_told"])
        _write(verdict)


def untold() -> list[UUID]:
    """Decisions whose makers do not know yet."""
    with scopes_disabled():
        return list(Verdict.objects.filter(is_told=False).order_by("created_at").values_list("pk", flat=True)[:100])


def _write(verdict: Verdict) -> None:
    person = verdict.generation.requested_by
    if person is None or not person.is_active:
        return
    appeal = Appeal.objects.filter(verdict=verdict).first()
    about = {"person": person, "workspace": verdict.workspace, "verdict": verdict, "appeal": appeal}
    try:
        letters.send(person.email, "moderation/mail/decision", **about)
    except SMTPRecipientsRefused as error:
        log.warning("letter_refused", letter="decision", user=str(person.pk), error=str(error))
