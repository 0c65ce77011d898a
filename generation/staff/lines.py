"""How lines of the audit trail are shown on the staff's pages."""

from dataclasses import dataclass

from accounts.models import AuditEntry
from accounts.services import deeds


@dataclass(frozen=True)
class Line:
    at: object
    who: str
    said: str
    more: list[tuple[str, str]]


def entry(row: AuditEntry) -> Line:
    return Line(row.created_at, deeds.who(row), deeds.predicate(row), deeds.notes(row))
