"""What staff do for people: prove an address, lock, unlock, let a second step be set up anew, end sessions, note.

Whoever is of the staff themselves is helped only by those who say who is staff: a reset second step is a way in.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone
from structlog import get_logger

from accounts import staff
from accounts.models import Note, User, Workspace
from accounts.services import audit, letters
from accounts.services.rights import Refused
from accounts.staff import StaffAction

CONSENT = timedelta(days=7)

log = get_logger(__name__)


@transaction.atomic
def verify(*, person: User, reason: str, by: User) -> None:
    """Take the address for the person's own. Raises Refused where somebody else has proved it."""
    _demand(by, person)
    address, _ = EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"primary": True})
    if address.verified:
        raise Refused("This address was proved before.")
    if not address.can_set_verified():
        raise Refused("Another account has proved this address. It belongs to that one.")
    address.set_verified(commit=True)
    _record("account.verified", person, by, reason, target=address.email)
    # Without a request: what hangs on a proved address follows, but the person did not prove it themselves.
    email_confirmed.send(sender=EmailAddress, request=None, email_address=address)


@transaction.atomic
def lock(*, person: User, reason: str, by: User) -> None:
    """Nobody gets into the account any more: sessions end, keys open nothing."""
    _demand(by, person)
    if not person.is_active:
        raise Refused("The account is locked already.")
    person.is_active = False
    person.save(update_fields=["is_active"])
    _end_all(person)
    _record("account.locked", person, by, reason)
    _write(person, "account_locked", reason=reason)


@transaction.atomic
def unlock(*, person: User, reason: str, by: User) -> None:
    _demand(by, person)
    if person.is_active or person.deleted_at:
        raise Refused("The account is not locked.")
    person.is_active = True
    person.save(update_fields=["is_active"])
    _record("account.unlocked", person, by, reason)
    _write(person, "account_unlocked")


@transaction.atomic
def reset_second_step(*, person: User, reason: str, by: User) -> None:
    """Remove authenticator app, passkeys and recovery codes, so that the password alone logs in."""
    _demand(by, person)
    gone, _ = Authenticator.objects.filter(user=person).delete()
    if not gone:
        raise Refused("There is no second step.")
    _end_all(person)
    _record("account.second_step_reset", person, by, reason)
    _write(person, "second_step_reset")


@transaction.atomic
def end_sessions(*, person: User, reason: str, by: User) -> int:
    """Log the person out everywhere; in how many browsers."""
    _demand(by, person)
    ended = _end_all(person)
    _record("account.sessions_ended", person, by, reason, sessions=ended)
    return ended


@transaction.atomic
def note(*, about: User | Workspace, text: str, by: User) -> Note:
    """Tell colleagues something. The person, or the workspace, does not read it."""
    field = "person" if isinstance(about, User) else "workspace"
    row = Note.objects.create(text=text, author=by, **{field: about})
    audit.record("staff.noted", workspace=None, actor=by, target=about, note=row.pk)
    return row


@transaction.atomic
def consent(*, person: User, is_on: bool) -> None:
    """The person's own word: whether staff who look on may see what is private, for a week."""
    person.support_until = timezone.now() + CONSENT if is_on else None
    person.save(update_fields=["support_until"])
    action = "support.allowed" if is_on else "support.refused"
    audit.record(action, workspace=None, actor=person, target=person)


def _demand(by: User, person: User) -> None:
    """Raises Refused."""
    if by.pk == person.pk:
        raise Refused("Nobody does this for themselves. Ask a colleague.")
    if (person.is_staff or person.is_superuser) and not staff.may(by, StaffAction.MANAGE_STAFF):
        raise Refused("This is a colleague. Ask somebody who says who is staff.")


def _end_all(person: User) -> int:
    sessions = list(UserSession.objects.filter(user=person))
    get_adapter().end_sessions(sessions)
    return len(sessions)


def _record(action: str, person: User, by: User, reason: str, *, target: object = "", **detail: int) -> None:
    # `about` puts it into the person's own list of what happened to their account.
    named = target or person
    audit.record(action, workspace=None, actor=by, target=named, about=str(person.pk), reason=reason, **detail)


def _write(person: User, letter: str, **words: str) -> None:
    transaction.on_commit(lambda: letters.send(person.email, letter, person=person, **words), robust=True)
