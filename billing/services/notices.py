"""Letters about money to those in a workspace who have to know, written in the background."""

import json
from smtplib import SMTPRecipientsRefused
from uuid import UUID

import structlog
from django_scopes import scopes_disabled

from accounts.models import Membership, Workspace
from accounts.permissions import Action, allows
from billing.services import mail, messages

log = structlog.get_logger(__name__)


def tell(workspace: Workspace, letter: str, *, to: Action, **words: str) -> None:
    """Write to everybody whose role allows `to`, once what is written now is committed. `words` are for the letter."""
    messages.send("billing.tasks.write", str(workspace.pk), letter, to.name, json.dumps(words))


def write(workspace_id: str, letter: str, action: str, words: str) -> None:
    """Write the letters that `tell` asked for."""
    workspace = Workspace.objects.get(pk=UUID(workspace_id))
    with scopes_disabled():
        rows = list(Membership.objects.filter(workspace=workspace, user__is_active=True).select_related("user"))
    for row in rows:
        if allows(row.role, Action[action]):
            _write(row, letter, workspace, json.loads(words))


def _write(row: Membership, letter: str, workspace: Workspace, words: dict[str, str]) -> None:
    try:
        mail.now(row.user, letter, workspace=workspace, **words)
    except SMTPRecipientsRefused as error:
        # One bad address keeps no letter from the others.
        log.warning("letter_refused", letter=letter, user=str(row.user_id), error=str(error))
