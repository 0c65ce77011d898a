"""Celery entry points: thin, they take ids, and running one twice does no harm."""

import stripe
import structlog
from celery import shared_task

from accounts.models import Workspace
from billing.services import charging, closing, dunning, ending, events, notices, proof, reconcile, seats, sharing
from billing.stripe_client import NotConfigured

log = structlog.get_logger(__name__)


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
def compare() -> str:
    """Compare what we have with what Stripe has, if the site sells anything."""
    try:
        return f"{len(reconcile.run())} put right"
    except NotConfigured:
        return "Nothing is sold on this site."


@shared_task(name="billing.tasks.write")
def write(workspace_id: str, letter: str, action: str, words: str) -> None:
    """Write a letter about money to those in a workspace who have to know."""
    notices.write(workspace_id, letter, action, words)


@shared_task(name="billing.tasks.top_up")
def top_up(workspace_id: str) -> None:
    """Buy credit with the card on file, where that is due."""
    try:
        charging.run(Workspace.objects.get(pk=workspace_id))
    except stripe.StripeError as error:
        # Unanswered: the look of the next minute goes on with the same purchase.
        log.warning("top_up_unanswered", workspace=workspace_id, error=str(error))


@shared_task(name="billing.tasks.top_up_all")
def top_up_all() -> None:
    """Find whose credit runs low, also where the message was lost."""
    charging.run_all()


@shared_task(name="billing.tasks.give_for_sharing")
def give_for_sharing() -> None:
    """Give the month's credit to the workspaces that share their data."""
    sharing.give_monthly()


@shared_task(name="billing.tasks.expire_gifts")
def expire_gifts() -> None:
    """Write into the books that gifts have ended."""
    ending.expire_gifts()


@shared_task(name="billing.tasks.prove_ledger")
def prove_ledger() -> str:
    """Prove that the books are right, and close the days that are over; what is not right is logged as an error."""
    report, days = proof.prove_all(), closing.close()
    wrong = "" if report.holds else f"; {len(report.flaws)} wrong, {report.total} too much"
    return f"{report.accounts} accounts proved, {days} days closed{wrong}"
