"""Staff sessions: the admin opens with a reason, for eight hours at most, and closes when nobody uses it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import StaffSession, User
from accounts.services import audit

LONGEST = timedelta(hours=8)
IDLE = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic
def begin(*, person: User, reason: str) -> StaffSession:
    """Open one for this browser. Raises ValueError without a reason."""
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= 200:
        raise ValueError("Say in a few words what you are here for.")
    _close_lapsed(person)
    entry = audit.record("staff.opened", workspace=None, actor=person, target=reason)
    now = timezone.now()
    return StaffSession.objects.create(
        person=person, reason=reason, address=entry.address, began_at=now, seen_at=now, ends_at=now + LONGEST
    )


def current(*, person: User, id: str | UUID | None) -> StaffSession | None:
    """The session if it is this person's and still open; notes that it was used."""
    if id is None:
        return None
    now = timezone.now()
    open_ = StaffSession.objects.filter(person=person, ended_at=None, ends_at__gt=now, seen_at__gt=now - IDLE)
    found = open_.filter(pk=id).first()
    if found and found.seen_at < now - SEEN_EVERY:
        StaffSession.objects.filter(pk=found.pk).update(seen_at=now)
    return found


@transaction.atomic
def end(*, session: StaffSession, by: str = "hand") -> bool:
    """Close it; False when it was closed before."""
    if not _close(session, timezone.now()):
        return False
    audit.record("staff.closed", workspace=None, actor=session.person, target=session.reason, by=by)
    return True


def _close_lapsed(person: User) -> None:
    """Nobody was there to close them when their time was over."""
    now = timezone.now()
    lapsed = Q(ends_at__lte=now) | Q(seen_at__lte=now - IDLE)
    for session in StaffSession.objects.filter(lapsed, person=person, ended_at=None).select_related("person"):
        end(session=session, by="time")


def _close(session: StaffSession, at: datetime) -> bool:
    return bool(StaffSession.objects.filter(pk=session.pk, ended_at=None).update(ended_at=at))
