"""Celery entry points: thin, and running one twice does no harm. Beat sends them; each looks for work in the rows."""

from celery import shared_task

from accounts.services import deletion, erasure, exports


@shared_task(name="accounts.tasks.make_exports")
def make_exports() -> None:
    """Make one export that waits, or that was lost with its worker."""
    exports.make_next()


@shared_task(name="accounts.tasks.expire_exports")
def expire_exports() -> None:
    """Delete exports that have been there for long enough."""
    exports.expire()


@shared_task(name="accounts.tasks.erase")
def erase() -> None:
    """Erase one person or workspace whose grace is over."""
    erasure.erase_next()


@shared_task(name="accounts.tasks.tell_members")
def tell_members() -> None:
    """Write to members of workspaces that are to be deleted, or not any more."""
    deletion.tell_members()
