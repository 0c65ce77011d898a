"""What the site tells those who use it, above the pages of the studio. Each may put a line away for good."""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Announcement, Dismissal, User, Workspace
from accounts.services import audit, switches

KEY = "accounts:announcements"
SECONDS = 10
Audience = Announcement.Audience


@transaction.atomic
def announce(
    *, text: str, level: str, audience: str, begins_at: datetime, ends_at: datetime, plan: str = ""
) -> Announcement:
    """Tell it between two moments. Raises ValidationError."""
    row = Announcement(text=text, level=level, audience=audience, plan=plan, begins_at=begins_at, ends_at=ends_at)
    row.full_clean()
    row.save()
    audit.record("announcement.made", workspace=None, target=text, until=f"{ends_at:%Y-%m-%d %H:%M}")
    transaction.on_commit(_forget, robust=True)
    return row


@transaction.atomic
def end(announcement: Announcement) -> bool:
    """Tell it no more; False when it was over before."""
    now = timezone.now()
    # One that has not begun never does.
    rows = Announcement.objects.filter(pk=announcement.pk, ends_at__gt=now)
    if not (rows.filter(begins_at__lt=now).update(ends_at=now) or rows.delete()[0]):
        return False
    audit.record("announcement.ended", workspace=None, target=announcement.text)
    transaction.on_commit(_forget, robust=True)
    return True


def dismiss(*, announcement: Announcement, person: User) -> None:
    """This person has read it."""
    Dismissal.objects.get_or_create(announcement=announcement, person=person)


def told(*, person: User, workspace: Workspace | None) -> list[dict[str, Any]]:
    """What this person is to read now, the gravest first. No query where nothing is announced."""
    now = timezone.now()
    rows = [row for row in _open() if row["begins_at"] <= now < row["ends_at"] and _is_for(row, person, workspace)]
    if not rows:
        return []
    put_away = set(Dismissal.objects.filter(person=person).values_list("announcement_id", flat=True))
    rank = {"trouble": 0, "warning": 1, "note": 2}
    return sorted((row for row in rows if row["id"] not in put_away), key=lambda row: rank[row["level"]])


def _is_for(row: dict[str, Any], person: User, workspace: Workspace | None) -> bool:
    if row["audience"] == Audience.STAFF:
        return person.is_staff
    if row["audience"] == Audience.PLAN:
        return workspace is not None and switches.plan_name(workspace) == row["plan"]
    return True


def _open() -> list[dict[str, Any]]:
    """Those that are not over, as they were some seconds ago."""
    try:
        known: list[dict[str, Any]] | None = cache.get(KEY)
        if known is None:
            known = _read()
            cache.set(KEY, known, SECONDS)
    except RedisError:
        return _read()
    return known


def _read() -> list[dict[str, Any]]:
    rows = Announcement.objects.filter(ends_at__gt=timezone.now()).order_by("begins_at")
    return [dict(row) for row in rows.values("id", "text", "level", "audience", "plan", "begins_at", "ends_at")[:20]]


def _forget() -> None:
    try:
        cache.delete(KEY)
    except RedisError:
        # Read anew after SECONDS.
        return
