"""Celery entry points: thin, and running one twice does no harm."""

from celery import shared_task

from billing.services import ending, proof


@shared_task(name="billing.tasks.expire_gifts")
def expire_gifts() -> None:
    """Write into the books that gifts have ended."""
    ending.expire_gifts()


@shared_task(name="billing.tasks.prove_ledger")
def prove_ledger() -> None:
    """Prove that the books are right; what is not is logged as an error."""
    proof.prove_all()
