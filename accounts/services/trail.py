"""Reads the audit trail: newest first, in pages, by what a reader asks for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User, Workspace

BATCH = 1000


@dataclass(frozen=True)
class Wish:
    """What to look for; empty fields ask for everything. `action` may end in a dot: all of that subject.

    `since` and `until` are days in UTC, both included. `before` is the entry that the page before ended with.
    """

    person: str = ""
    action: str = ""
    target: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


def of_workspace(*, workspace: Workspace, wish: Wish, limit: int) -> list[AuditEntry]:
    """The newest entries of the workspace that answer the wish, with their actors."""
    with scope(workspace=workspace):
        rows = _matching(AuditEntry.objects.filter(workspace=workspace), wish)
        if wish.before is not None:
            rows = _before(rows, AuditEntry.objects.filter(workspace=workspace, pk=wish.before).first())
        return list(rows[:limit])


def batches(*, workspace: Workspace, wish: Wish) -> Iterator[list[AuditEntry]]:
    """All entries that answer the wish, some at a time: no query lasts long, and no more than a batch is held."""
    while found := of_workspace(workspace=workspace, wish=wish, limit=BATCH):
        yield found
        wish = replace(wish, before=found[-1].pk)


def of_person(*, person: User, before: int | None = None, limit: int) -> list[AuditEntry]:
    """What a person did to their own account, and what others did to it: the entries that are of no workspace."""
    with scopes_disabled():
        # By id: an address may have been somebody else's before, or be claimed by others.
        everybodys = AuditEntry.objects.alias(about=KT("detail__about")).filter(workspace=None)
        own = everybodys.filter(Q(actor=person) | Q(about=str(person.pk)))
        found = own.select_related("actor").order_by("-created_at", "-id")
        return list((found if before is None else _before(found, own.filter(pk=before).first()))[:limit])


def _before(rows: QuerySet[Any], last: AuditEntry | None) -> QuerySet[Any]:
    """What comes after `last`; nothing where that is none of the reader's entries."""
    if last is None:
        return rows.none()
    older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
    # The first condition is implied by the second; it lets the index be used.
    return rows.filter(Q(created_at__lte=last.created_at) & older)


def _matching(rows: QuerySet[AuditEntry], wish: Wish) -> QuerySet[AuditEntry]:
    rows = rows.select_related("actor").order_by("-created_at", "-id")
    if wish.person:
        rows = rows.filter(Q(actor__email__icontains=wish.person) | Q(actor__display_name__icontains=wish.person))
    if wish.action:
        rows = rows.filter(**{"action__startswith" if wish.action.endswith(".") else "action": wish.action})
    if wish.target:
        rows = rows.filter(target__icontains=wish.target)
    if wish.since:
        rows = rows.filter(created_at__gte=_midnight(wish.since))
    if wish.until:
        rows = rows.filter(created_at__lt=_midnight(wish.until) + timedelta(days=1))
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
