"""What staff may do, as people read it: the table as docs/staff.md."""

from accounts.models import User
from accounts.staff import TABLE, StaffAction

ROLES = tuple(User.StaffRole)
HEAD = """# What staff may do

Made from the table in `accounts/staff.py`, which every page of the staff panel and Django's admin ask; a test compares
the two. Who is not staff is led to the log-in, staff without the right get 403, by address too.

Staff log in with a second step, and open the admin with a reason: a staff session lasts eight hours at most and closes
after 30 minutes without use. Superusers may do everything; nobody else says who is staff. Nobody changes their own
role, helps themselves, or looks at the studio as a colleague; accounts of staff are helped by superusers. What is done
is written into the audit trail. What people keep to themselves is seen by staff only where they have said so.

The first superuser: `manage.py create_staff --email you@example.org`, which prints the link to set a password with.
"""


def markdown() -> str:
    """The whole of docs/staff.md."""
    head = " | ".join(role.label.lower() for role in ROLES)
    body = [f"| {action} | {' | '.join(_cells(action))} | yes |" for action in StaffAction]
    return "\n".join([HEAD, f"| | {head} | superuser |", f"|---|{':-:|' * (len(ROLES) + 1)}", *body]) + "\n"


def _cells(action: StaffAction) -> list[str]:
    return ["yes" if action in TABLE[role] else "–" for role in ROLES]
