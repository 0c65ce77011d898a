"""Celery entry points: thin, they take ids, and running one twice does no harm."""

from celery import shared_task

from billing.services import events


@shared_task(name="billing.tasks.handle_event")
def handle_event(id: str) -> None:
    """Do what an event of Stripe's asks for."""
    events.handle(id)


@shared_task(name="billing.tasks.handle_events")
def handle_events() -> None:
    """Do it for those that failed before, or whose message was lost."""
    events.handle_waiting()
