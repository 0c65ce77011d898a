"""Celery entry points: thin, they take ids, and running one twice does no harm."""

from celery import shared_task

from accounts.models import Workspace
from billing.services import dunning, events, reconcile, seats


@shared_task(name="billing.tasks.handle_event")
def handle_event(id: str) -> None:
    """Do what an event of Stripe's asks for."""
    events.handle(id)


@shared_task(name="billing.tasks.handle_events")
def handle_events() -> None:
    """Do it for those that failed before, or whose message was lost."""
    events.handle_waiting()


@shared_task(name="billing.tasks.follow_seats")
def follow_seats(workspace_id: str) -> None:
    """Have the number of paid seats follow the number of members."""
    seats.follow(Workspace.objects.get(pk=workspace_id))


@shared_task(name="billing.tasks.write_letters")
def write_letters() -> None:
    """Write to owners whose plan is past due."""
    dunning.write_letters()


@shared_task(name="billing.tasks.reconcile")
def compare() -> None:
    """Compare what we have with what Stripe has."""
    reconcile.run()
