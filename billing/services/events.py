"""What Stripe tells us: stored once, answered at once, handled in a task.

An event says where to look, Stripe's API says what is there: handlers take the event's type and the id of its object,
read the object anew under a lock, and do nothing that is done already. So events may come twice, late, in any order, or
never (then the nightly reconcile finds them).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import stripe
import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.services import audit
from billing.models import StripeEvent
from billing.services import messages

Handler = Callable[[str, str], object]
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(days=1)
AT_ONCE = 100

log = structlog.get_logger(__name__)
_handlers: dict[str, list[Handler]] = {}


def on(*types: str) -> Callable[[Handler], Handler]:
    """Registers a handler for events of these types: `handler(event_type, object_id)`. Its transactions are its own."""

    def register(handler: Handler) -> Handler:
        for one in types:
            _handlers.setdefault(one, []).append(handler)
        return handler

    return register


def is_known(type: str) -> bool:
    """Whether anything is done with events of this type."""
    return type in _handlers


@transaction.atomic
def receive(event: stripe.Event) -> None:
    """Keep that it came, and have it handled after the transaction. Twice is once."""
    row = StripeEvent(
        id=event.id,
        type=event.type,
        api_version=event.api_version or "",
        object_id=_object_id(event),
        created_at=datetime.fromtimestamp(event.created, UTC),
    )
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    messages.send("billing.tasks.handle_event", event.id)


def handle(id: str) -> bool:
    """Do what the event asks for; False when that failed and is to be tried again. Safe to repeat, also at once."""
    event = StripeEvent.objects.filter(pk=id, handled_at=None).first()
    if event is None:
        return True
    rows = StripeEvent.objects.filter(pk=id)
    try:
        for handler in _handlers.get(event.type, ()):
            handler(event.type, event.object_id)
    except Exception as error:
        log.exception("stripe_event_failed", event_id=id, type=event.type, attempts=event.attempts + 1)
        rows.update(attempts=F("attempts") + 1, last_error=f"{type(error).__name__}: {error}"[:2000])
        return False
    rows.update(attempts=F("attempts") + 1, handled_at=timezone.now(), last_error="")
    return True


def replay(id: str) -> bool:
    """Handle an event anew, whether it was or not; False when that failed. What is done already is not done twice."""
    with transaction.atomic():
        StripeEvent.objects.filter(pk=id).update(handled_at=None, attempts=0)
        audit.record("stripe_event.replayed", workspace=None, target=id)
    return handle(id)


def handle_waiting() -> int:
    """Try those again whose time has come, and those whose message was lost; how many were handled."""
    # The often tried ones last: what always fails keeps nothing else from being handled.
    waiting = StripeEvent.objects.filter(handled_at=None).order_by("attempts", "received_at")[:AT_ONCE]
    now = timezone.now()
    return sum(handle(event.pk) for event in waiting if event.received_at + _wait(event.attempts) <= now)


def _wait(attempts: int) -> timedelta:
    """How long after it came the next try is due."""
    return min(FIRST_WAIT * (1 << 2 * min(attempts, 8)), LONGEST_WAIT)


def _object_id(event: stripe.Event) -> str:
    return str(getattr(event.data.object, "id", "") or "")[:64]
