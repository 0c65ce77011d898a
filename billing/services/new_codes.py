"""Staff make promo codes."""

import secrets

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing.models import PromoCode

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that are taken for each other."""


def free_code() -> str:
    """A code that nobody guesses, as in "7KQ4-MX2P-9TRW"."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def tidy(code: str) -> str:
    """As it is stored: in capitals, without space around."""
    return code.strip().upper()


@transaction.atomic
def make(code: PromoCode, *, by: User | None) -> None:
    """Store a new code, made up where it has none. Raises ValidationError."""
    code.code, code.made_by = tidy(code.code) or free_code(), by
    code.full_clean()
    code.save()
    _note(code, "code.made", by)


@transaction.atomic
def change(code: PromoCode, *, by: User | None) -> None:
    """Set how often and how long a code can still be used."""
    code.save(update_fields=["max_uses", "ends_at"])
    _note(code, "code.changed", by)


def _note(code: PromoCode, action: str, by: User | None) -> None:
    until = f"{code.ends_at:%Y-%m-%d}" if code.ends_at else None
    audit.record(action, workspace=None, actor=by, target=code.code, micros=code.amount_micros, uses=code.max_uses,
                 until=until)  # fmt: skip
