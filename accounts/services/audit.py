"""The audit trail: who did what to what, from where. Written by services, in the transaction of the change itself."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django_scopes import scopes_disabled

from accounts.models import AuditEntry, User, Workspace


@dataclass(frozen=True)
class Where:
    """Where a request came from. Empty for commands and tasks; `country` also where no proxy tells it.

    `written` has the actions that were recorded for it so far.
    """

    actor: User | None = None
    address: str | None = None
    request_id: str = ""
    country: str = ""
    written: list[str] = field(default_factory=list, compare=False)


NOWHERE = Where()
_where: ContextVar[Where] = ContextVar("audit_where", default=NOWHERE)


def at(where: Where) -> Any:
    """Say where what follows comes from; returns the token for `leave`."""
    return _where.set(where)


def current() -> Where:
    return _where.get()


def leave(token: Any) -> None:
    _where.reset(token)


def record(
    action: str,
    *,
    workspace: Workspace | None,
    actor: User | None = None,
    target: object = "",
    **detail: str | int | bool | None,
) -> AuditEntry:
    """Add an entry. `action` is "subject.verb" as in "member.removed", `target` what it was done to, as people see it.

    Without an `actor` it was whoever sent the request. Entries without a workspace are about a person alone.
    `detail` holds what changed; never secrets, prompts or pictures.
    """
    where = _where.get()
    if where is not NOWHERE:
        where.written.append(action)
    with scopes_disabled():
        return AuditEntry.objects.create(
            workspace=workspace,
            actor=actor or where.actor,
            action=action,
            target=str(target)[:200],
            detail=detail,
            address=where.address,
            request_id=where.request_id,
        )
