"""Workers that are told to finish what they have and to claim nothing more, and to go on."""

from django.db import transaction

from accounts.services import audit
from generation.models import Drain


@transaction.atomic
def drain(*, worker: str) -> bool:
    """Tell a worker to claim nothing more; False when it was told before."""
    _, is_new = Drain.objects.get_or_create(worker=worker)
    if is_new:
        audit.record("worker.drained", workspace=None, target=worker)
    return is_new


@transaction.atomic
def resume(*, worker: str) -> bool:
    """Let it go on; False when nothing kept it."""
    if not Drain.objects.filter(worker=worker).delete()[0]:
        return False
    audit.record("worker.resumed", workspace=None, target=worker)
    return True


def is_drained(worker: str) -> bool:
    """Asked by the worker before each look into the line."""
    return Drain.objects.filter(worker=worker).exists()


def begin(*, worker: str) -> None:
    """A worker that starts draws, whatever another process of its name was told."""
    Drain.objects.filter(worker=worker).delete()


def drained() -> set[str]:
    """All that are told so."""
    return set(Drain.objects.values_list("worker", flat=True))
