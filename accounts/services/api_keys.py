"""API keys: `aur_live_<id of 8>_<32 random><checksum of 6>`, shown once.

The id finds the row; only a hash of the secret is stored. 32 random characters hold 190 bits, so a plain SHA-512 is
enough. The checksum lets secret scanners, and us before any query, tell a key from a string that looks like one.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import ApiKey, User, Workspace
from accounts.services import audit
from accounts.signals import api_key_created

ALPHABET = string.digits + string.ascii_letters
PATTERN = re.compile(
    r"(?P<signed>aur_live_(?P<id>[0-9A-Za-z]{8})_(?P<secret>[0-9A-Za-z]{32}))(?P<check>[0-9A-Za-z]{6})"
)
LAST_USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create(*, workspace: Workspace, name: str, created_by: User) -> tuple[ApiKey, str]:
    """Make a key; returns the row and the key itself, which cannot be shown again."""
    key_id, secret = _random(8), _random(32)
    with scope(workspace=workspace):
        api_key = ApiKey.objects.create(
            workspace=workspace, name=name, key_id=key_id, secret_hash=_hash(secret), created_by=created_by
        )
    audit.record("key.created", workspace=workspace, actor=created_by, target=api_key)
    api_key_created.send(sender=ApiKey, api_key=api_key)
    signed = f"aur_live_{key_id}_{secret}"
    return api_key, signed + _checksum(signed)


def authenticate(raw: str) -> ApiKey | None:
    """The live key that `raw` is, with its workspace and creator; None for anything else."""
    match = PATTERN.fullmatch(raw)
    if match is None or not hmac.compare_digest(_checksum(match["signed"]), match["check"]):
        return None
    with scopes_disabled():
        rows = ApiKey.objects.select_related("workspace", "created_by")
        api_key = rows.filter(key_id=match["id"], revoked_at=None, created_by__is_active=True).first()
        expected = api_key.secret_hash if api_key else ""
        if not hmac.compare_digest(expected, _hash(match["secret"])) or api_key is None:
            return None
        _note_use(api_key)
    return api_key


def _note_use(api_key: ApiKey) -> None:
    """Write the time at most once a minute, or a busy key would be one hot row."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    ApiKey.objects.filter(stale, pk=api_key.pk).update(last_used_at=now)


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
