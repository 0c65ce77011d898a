"""Sends task messages that were written in a transaction, after it: at once when possible, else by beat."""

from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from django_scopes import scopes_disabled
from kombu.exceptions import OperationalError

from accounts.models import Workspace
from generation import valkey
from generation.models import Generation, Outbox

GENERATE = "generation.tasks.generate"
FLUSH_LIMIT = 200
NOT_SENT = (OperationalError, OSError, valkey.Unavailable)

log = structlog.get_logger(__name__)


def put(*, workspace: Workspace, task: str, subject: UUID) -> None:
    """Write the message `task(subject)`, to be sent once the transaction around is committed."""
    row, _ = Outbox.objects.get_or_create(task=task, subject=subject, defaults={"workspace": workspace})
    transaction.on_commit(lambda: _send_now(row.pk), robust=True)


def enqueue(*, generation: Generation) -> None:
    """Wake a worker: one that has room takes whatever is next in line, which may be another generation."""
    put(workspace=generation.workspace, task=GENERATE, subject=generation.pk)


def flush(*, limit: int = FLUSH_LIMIT) -> int:
    """Send the oldest messages that are still there; how many were sent. Stops at the first that cannot be."""
    with scopes_disabled():
        waiting = list(Outbox.objects.order_by("id").values_list("pk", flat=True)[:limit])
    sent = 0
    for pk in waiting:
        if not _send_now(pk):
            break
        sent += 1
    return sent


def _send_now(pk: int) -> bool:
    """False when the broker does not answer: the row stays, and beat tries again."""
    # Asked by our own client first, as Celery's would retry for many seconds, and a request waits for this.
    if not valkey.hint("send", lambda client: client.ping()):
        return False
    try:
        _send(pk)
    except NOT_SENT as error:
        log.warning("message_not_sent", outbox=pk, error=str(error))
        return False
    return True


@transaction.atomic
def _send(pk: int) -> None:
    # Locked rows are being sent by somebody else this moment.
    with scopes_disabled():
        row = Outbox.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
        if row is None:
            return
        current_app.send_task(row.task, args=[str(row.subject)], retry=False)
        row.delete()
