"""Letters about money: `templates/billing/mail/<letter>.txt` and `.html`."""

from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import letters


def now(person: User, letter: str, **context: Any) -> None:
    """Raises OSError when it cannot be handed over."""
    letters.send(person.email, f"billing/mail/{letter}", person=person, **context)


def later(person: User, letter: str, **context: Any) -> None:
    """After the transaction; a mail server that is away undoes nothing."""
    transaction.on_commit(lambda: now(person, letter, **context), robust=True)
