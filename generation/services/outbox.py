"""Sends task messages that were written in a transaction, after it: at once when possible, else by beat."""

from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from django_scopes import scope, scopes_disabled
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
    # One query, whether it is there already or not; the update changes nothing but tells the row's id.
    (row,) = Outbox.objects.bulk_create(
        [Outbox(workspace=workspace, task=task, subject=subject)],
        update_conflicts=True,
        unique_fields=["task", "subject"],
        update_fields=["workspace"],
    )
    transaction.on_commit(lambda: _send_now(row), robust=True)


def enqueue(*, generation: Generation) -> None:
    """Wake a worker: one that has room takes whatever is next in line, which may be another generation."""
    put(workspace=generation.workspace, task=GENERATE, subject=generation.pk)


def flush(*, limit: int = FLUSH_LIMIT) -> int:
    """Send the oldest messages that are still there; how many were sent. Stops at the first that cannot be."""
    with scopes_disabled():
        waiting = list(Outbox.objects.select_related("workspace").order_by("id")[:limit])
    sent = 0
    for row in waiting:
        if not _send_now(row):
            break
        sent += 1
    return sent


def _send_now(row: Outbox) -> bool:
    """False when the broker does not answer: the row stays, and beat tries again.

    It is sent first and deleted then: two who do so at the same moment, or a crash in between, send it twice.
    """
    # Asked by our own client first, as Celery's would retry for many seconds, and a request waits for this.
    if not valkey.hint("send", lambda client: client.ping()):
        return False
    try:
        current_app.send_task(row.task, args=[str(row.subject)], retry=False)
    except NOT_SENT as error:
        log.warning("message_not_sent", outbox=row.pk, error=str(error))
        return False
    with scope(workspace=row.workspace):
        row.delete()
    return True
