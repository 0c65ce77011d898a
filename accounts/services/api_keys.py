"""API keys: `aur_live_<id of 8>_<32 random><checksum of 6>`, shown once.

The id finds the row; only a hash of the secret is stored. 32 random characters hold 190 bits, so a plain SHA-512 is
enough. The checksum lets secret scanners, and us before any query, tell a key from a string that looks like one.
A key works for as long as its maker may use keys in its workspace.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import scopes as registry
from accounts.models import ApiKey, Membership, User, Workspace
from accounts.permissions import Action, allows, can
from accounts.services import audit
from accounts.signals import api_key_created

ALPHABET = string.digits + string.ascii_letters
PATTERN = re.compile(
    r"(?P<signed>aur_live_(?P<id>[0-9A-Za-z]{8})_(?P<secret>[0-9A-Za-z]{32}))(?P<check>[0-9A-Za-z]{6})"
)
LAST_USED_EVERY = timedelta(minutes=1)
OVERLAPS = (0, 1, 24)
"""Hours for which the old secret may go on working after a rotation."""

MOST_LIVE = 100
"""Keys of a workspace that may be in use at once."""


class Refused(Exception):
    """The key opens nothing; the words say why, which only who holds the secret is told."""


class TooMany(Exception):
    """The workspace has as many keys as it may have."""


@transaction.atomic
def create(
    *,
    workspace: Workspace,
    name: str,
    created_by: User,
    scopes: Iterable[str] | None = None,
    expires_at: datetime | None = None,
    monthly_cap_micros: int | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns the row and the key itself, which cannot be shown again. Without `scopes` it has all.

    Raises TooMany, and PermissionDenied where its maker may not make keys.
    """
    if not can(created_by, Action.USE_KEYS, workspace):
        raise PermissionDenied(f"Your role in this workspace does not allow you to {Action.USE_KEYS}.")
    key_id, secret = _random(8), _random(32)
    with scope(workspace=workspace):
        # The lock makes two that are made at once count each other.
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        if live(workspace=workspace).count() >= MOST_LIVE:
            raise TooMany(f"A workspace has at most {MOST_LIVE} keys that work. Revoke one that you no longer need.")
        api_key = ApiKey.objects.create(
            workspace=workspace,
            name=name,
            key_id=key_id,
            secret_hash=_hash(secret),
            created_by=created_by,
            scopes=registry.every() if scopes is None else list(scopes),
            expires_at=expires_at,
            monthly_cap_micros=monthly_cap_micros,
        )
    _record("created", api_key, created_by, **_limits(api_key))
    api_key_created.send(sender=ApiKey, api_key=api_key)
    return api_key, _written(key_id, secret)


def verify(raw: str) -> ApiKey:
    """The live key that `raw` is, with its workspace and maker. Raises Refused."""
    match = PATTERN.fullmatch(raw)
    if match is None or not hmac.compare_digest(_checksum(match["signed"]), match["check"]):
        raise Refused("This API key is not valid.")
    with scopes_disabled():
        # With the role of its maker, which is asked for at each request, in one query.
        maker = Membership.objects.filter(
            workspace=OuterRef("workspace"), user=OuterRef("created_by"), user__is_active=True
        )
        rows = ApiKey.objects.select_related("workspace", "created_by").annotate(role=Subquery(maker.values("role")))
        api_key = rows.filter(key_id=match["id"]).first()
        if api_key is None or not (age := _secret_age(api_key, match["secret"])):
            raise Refused("This API key is not valid.")
        if refusal := _end_of(api_key, role=api_key.role, is_old=age == "old"):
            raise Refused(refusal)
        _note_use(api_key)
    return api_key


def authenticate(raw: str) -> ApiKey | None:
    """As `verify`, but None for whatever opens nothing."""
    try:
        return verify(raw)
    except Refused:
        return None


@transaction.atomic
def rotate(*, api_key: ApiKey, overlap_hours: int) -> tuple[ApiKey, str]:
    """Give the key a new secret; the one it has works for `overlap_hours` more, one of OVERLAPS, and any older none.

    Returns the row and the key itself, which cannot be shown again. Raises Refused for a key that has ended.
    """
    if overlap_hours not in OVERLAPS:
        raise ValueError(f"{overlap_hours} is none of {OVERLAPS}")
    row = _live_row(api_key)
    secret = _random(32)
    row.previous_hash = row.secret_hash if overlap_hours else ""
    row.previous_until = timezone.now() + timedelta(hours=overlap_hours) if overlap_hours else None
    row.secret_hash = _hash(secret)
    row.save(update_fields=["secret_hash", "previous_hash", "previous_until"])
    _record("rotated", row, overlap_hours=overlap_hours)
    return row, _written(row.key_id, secret)


@transaction.atomic
def limit(
    *, api_key: ApiKey, scopes: Iterable[str], expires_at: datetime | None, monthly_cap_micros: int | None
) -> ApiKey:
    """Change what the key may do, until when, and how much it may spend. Raises Refused for a key that has ended."""
    row = _live_row(api_key)
    row.scopes, row.expires_at, row.monthly_cap_micros = list(scopes), expires_at, monthly_cap_micros
    row.save(update_fields=["scopes", "expires_at", "monthly_cap_micros"])
    _record("limited", row, None, **_limits(row))
    return row


@transaction.atomic
def revoke(*, api_key: ApiKey) -> bool:
    """End the key at once and for good; False when it was revoked before."""
    if not ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        return False
    _record("revoked", api_key)
    return True


def live(*, workspace: Workspace, maker: User | None = None) -> QuerySet[ApiKey]:
    """The keys that are neither revoked nor expired, newest first; with `maker` those of that member."""
    return _of(workspace, maker).filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


def ended(*, workspace: Workspace, maker: User | None = None) -> QuerySet[ApiKey]:
    """The keys that are revoked or expired, newest first."""
    return _of(workspace, maker).filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now()))


def unusable(keys: list[ApiKey]) -> set[UUID]:
    """Those that open nothing for now, as who made them may no longer use keys."""
    makers = {key.created_by_id for key in keys}
    spaces = {key.workspace_id for key in keys}
    rows = Membership.objects.filter(workspace__in=spaces, user__in=makers, user__is_active=True)
    roles = {(workspace, user): role for workspace, user, role in rows.values_list("workspace", "user", "role")}
    return {key.pk for key in keys if not allows(roles.get((key.workspace_id, key.created_by_id)), Action.USE_KEYS)}


def _live_row(api_key: ApiKey) -> ApiKey:
    row = ApiKey.objects.select_for_update().get(pk=api_key.pk)
    if row.revoked_at or row.is_expired:
        raise Refused("This key has ended. Make a new one.")
    return row


def _of(workspace: Workspace, maker: User | None) -> QuerySet[ApiKey]:
    rows = ApiKey.objects.filter(workspace=workspace).select_related("created_by").order_by("-created_at", "pk")
    return rows if maker is None else rows.filter(created_by=maker)


def _secret_age(api_key: ApiKey, secret: str) -> str:
    """ "new", "old" for the secret before a rotation, or "" for any other."""
    given = _hash(secret)
    is_new = hmac.compare_digest(api_key.secret_hash, given)
    is_old = hmac.compare_digest(api_key.previous_hash, given)
    return "new" if is_new else "old" if is_old else ""


def _end_of(api_key: ApiKey, *, role: str | None, is_old: bool) -> str:
    """Why the key, whose secret is right, works no longer; "" when it works."""
    if api_key.revoked_at:
        return "This API key was revoked."
    if api_key.is_expired:
        return f"This API key expired at {api_key.expires_at:%Y-%m-%d %H:%M} UTC. Make a new one."
    if is_old and not (api_key.previous_until and api_key.previous_until > timezone.now()):
        return "This API key was rotated, and the time for the old secret is over. Use the new one."
    if not allows(role, Action.USE_KEYS):
        return "This API key no longer works: who made it may no longer use API keys in this workspace."
    return ""


def _limits(api_key: ApiKey) -> dict[str, str | int | None]:
    return {
        "scopes": " ".join(api_key.scopes),
        "expires": api_key.expires_at.isoformat() if api_key.expires_at else None,
        "monthly_cap_micros": api_key.monthly_cap_micros,
    }


def _record(verb: str, api_key: ApiKey, actor: User | None = None, /, **detail: str | int | None) -> None:
    audit.record(f"key.{verb}", workspace=api_key.workspace, actor=actor, target=api_key, **detail)


def _note_use(api_key: ApiKey) -> None:
    """Write the time at most once a minute, or a busy key would be one hot row."""
    now = timezone.now()
    if api_key.last_used_at and api_key.last_used_at > now - LAST_USED_EVERY:
        return
    # Asked once more, as others may have written it meanwhile.
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    ApiKey.objects.filter(stale, pk=api_key.pk).update(last_used_at=now)


def _written(key_id: str, secret: str) -> str:
    signed = f"aur_live_{key_id}_{secret}"
    return signed + _checksum(signed)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _hash(secret: str) -> str:
    return hashlib.sha512(secret.encode()).hexdigest()


def _checksum(signed: str) -> str:
    value, digits = zlib.crc32(signed.encode()), ""
    for _ in range(6):
        value, rest = divmod(value, len(ALPHABET))
        digits += ALPHABET[rest]
    return digits
