"""Celery entry points: thin, they take ids, and running one twice does no harm."""

import structlog
from celery import shared_task
from django.conf import settings

from generation.services import feeds, outbox
from generation.services import recover as recovery

if settings.AURORA_HOSTS_MODEL:
    # Here, as Celery imports this module in every process: torch belongs into the one that draws.
    from generation.serving import host

    host.install()

log = structlog.get_logger(__name__)


@shared_task(name="generation.tasks.generate")
def generate(generation_id: str) -> None:
    """Wake the model: this generation has joined the line, though another may be the next."""
    # Not at the top: host loads torch, and beat and the web process import this module too.
    from generation.serving import host

    host.wake()


@shared_task(name="generation.tasks.flush_outbox")
def flush_outbox() -> None:
    """Send messages that could not be sent when they were written."""
    if sent := outbox.flush():
        log.info("outbox_flushed", sent=sent)


@shared_task(name="generation.tasks.recover")
def recover() -> None:
    """Have the work of dead workers done again."""
    recovery.requeue_expired()


@shared_task(name="generation.tasks.pause_idle_feeds")
def pause_idle_feeds() -> None:
    """Draw for nobody: pause and end the feeds that are not read."""
    feeds.pause_idle()
