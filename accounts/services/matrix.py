"""Who may do what, as people read it: the permission table as rows, and as docs/permissions.md."""

from dataclasses import dataclass

from accounts.permissions import RANKS, Action, allows

ROLES = tuple(reversed(RANKS))
HEAD = """# Who may do what

Made from the table in `accounts/permissions.py`, which pages, API and templates ask; a test compares the two. Who is
not a member of a workspace gets 404 for everything in it, a member without the right gets 403.

Beyond the table: nobody gives a role above their own or changes their own upwards, admins do not touch owners, and a
workspace never loses its last owner. Everyone sees their own use, may leave, and may stop what they asked for
themselves while they may make pictures. An invitation is void once whoever made it could not make it any more. A
personal workspace has one member, who owns it: nobody is invited, and it is not left or handed over.
"""


@dataclass(frozen=True)
class Row:
    """An action, and for each of ROLES whether it allows that."""

    action: str
    allowed: tuple[bool, ...]


def rows() -> list[Row]:
    return [Row(str(action), tuple(allows(role, action) for role in ROLES)) for action in Action]


def markdown() -> str:
    """The whole of docs/permissions.md."""
    head = " | ".join(role.label.lower() for role in ROLES)
    body = [f"| {row.action} | {' | '.join('yes' if yes else '–' for yes in row.allowed)} |" for row in rows()]
    return "\n".join([HEAD, f"| | {head} |", f"|---|{':-:|' * len(ROLES)}", *body]) + "\n"
