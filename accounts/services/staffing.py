"""Who is of the staff, and what for."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import staff
from accounts.models import User
from accounts.services import audit
from accounts.services.rights import Refused
from accounts.staff import StaffAction

SUPERUSER = "superuser"
NOBODY = ""
"""In place of a role: of the staff no longer."""


@transaction.atomic
def appoint(*, person: User, role: str, by: User | None) -> None:
    """Give a role of the staff, SUPERUSER or NOBODY; `by` is None on the command line.

    Raises PermissionDenied, and Refused for one's own role: nobody locks the last door behind them.
    """
    if by is not None:
        if not staff.may(by, StaffAction.MANAGE_STAFF):
            raise PermissionDenied("Your role does not allow you to say who is staff.")
        if by.pk == person.pk:
            raise Refused("Nobody changes their own role. Ask a colleague.")
    if role not in (SUPERUSER, NOBODY, *User.StaffRole.values):
        raise ValueError(f"There is no role {role!r}.")
    person.is_staff, person.is_superuser = role != NOBODY, role == SUPERUSER
    person.staff_role = "" if role == SUPERUSER else role
    person.save(update_fields=["is_staff", "is_superuser", "staff_role"])
    action = "staff.appointed" if role else "staff.dismissed"
    audit.record(action, workspace=None, actor=by, target=person, about=str(person.pk), role=role or None)


def role_of(person: User) -> str:
    """As `appoint` takes it."""
    if not person.is_staff:
        return NOBODY
    return SUPERUSER if person.is_superuser else person.staff_role
