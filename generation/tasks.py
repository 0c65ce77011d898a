"""Celery entry points: thin, they take ids, and running one twice does no harm."""

from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings

from accounts.models import Workspace
from accounts.services import jobs
from generation.services import (
    batch_feeder,
    batch_lines,
    calls,
    data_set,
    feeds,
    figures,
    happenings,
    hook_letters,
    outbox,
    room,
    sending,
    shared_data,
    zips,
)
from generation.services import bin as picture_bin
from generation.services import recover as recovery
from generation.services.moderation import decide
from generation.services.moderation import letters as decisions

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


@shared_task(name=shared_data.WITHDRAW)
def withdraw_shared_data(workspace_id: str) -> None:
    """Clear the marks of what a workspace has taken back."""
    cleared = shared_data.withdraw(Workspace.objects.get(pk=workspace_id))
    log.info("shared_data_withdrawn", workspace=workspace_id, generations=cleared)


@shared_task(name=data_set.EXPORT)
def export_shared_data() -> str:
    """Bring the data set of what is shared up to date."""
    written = data_set.write(
        folder=settings.AURORA_DATA_SET, tell=lambda so_far: jobs.say(data_set.EXPORT, f"{so_far}, so far")
    )
    return str(written)


@shared_task(name="generation.tasks.recount_storage")
def recount_storage() -> None:
    """Prove the sums of what pictures take."""
    for workspace in room.recount():
        log.error("storage_sum_was_wrong", workspace=str(workspace.pk))


@shared_task(name="generation.tasks.count_figures")
def count_figures() -> None:
    """Count what the staff's overview shows."""
    figures.refresh()


@shared_task(name="generation.tasks.forget_calls")
def forget_calls() -> None:
    """Keep the log of API requests short."""
    if gone := calls.forget():
        log.info("calls_forgotten", calls=gone)


@shared_task(name=happenings.SEND)
def send_delivery(delivery_id: str) -> None:
    """Try to tell a customer's webhook of something."""
    sending.send(UUID(delivery_id))


@shared_task(name="generation.tasks.send_due")
def send_due() -> None:
    """Try what is to be tried again, and what was not sent for."""
    for pk in sending.due():
        send_delivery.delay(str(pk))
    for hook in hook_letters.untold():
        hook_letters.tell_owners(hook)
    for verdict in decisions.untold():
        decisions.tell(verdict)


@shared_task(name=sending.TELL_OWNERS)
def tell_hook_is_off(hook_id: str) -> None:
    """Write to the owners that a webhook was turned off."""
    hook_letters.tell_owners(UUID(hook_id))


@shared_task(name=decide.TELL)
def tell_of_decision(verdict_id: str) -> None:
    """Write to a maker what moderators have decided."""
    decisions.tell(UUID(verdict_id))


@shared_task(name="generation.tasks.forget_deliveries")
def forget_deliveries() -> None:
    """Delete what webhooks were told long ago."""
    log.info("deliveries_forgotten", rows=sending.forget_old())


@shared_task(name=batch_lines.FEED)
def feed_batch(batch_id: str) -> None:
    """Begin what can be begun of a batch."""
    batch_feeder.feed(UUID(batch_id))


@shared_task(name="generation.tasks.feed_batches")
def feed_batches() -> None:
    """Look at the batches under way."""
    for pk in batch_feeder.hungry():
        batch_feeder.feed(pk)


@shared_task(name="generation.tasks.make_zips")
def make_zips() -> None:
    """Make one zip that waits, or that was lost with its worker."""
    zips.make_next()


@shared_task(name="generation.tasks.expire_zips")
def expire_zips() -> None:
    """Delete zips that have been there for a day."""
    zips.expire()


@shared_task(name="generation.tasks.empty_bins")
def empty_bins() -> None:
    """Delete for good what was put into the bin thirty days ago."""
    if gone := picture_bin.purge():
        log.info("bins_emptied", pictures=gone)
