"""The rules that are read, kept in each process: a prompt asks the database for none of them.

A version in Valkey says when they were changed. Without it, or after a time, they are read anew all the same.
"""

import time
import uuid
from typing import Any

import redis
from django.db import transaction

from generation import valkey
from generation.models import Rule

KEY = "moderation:rules"
SECONDS = 60.0
SECONDS_ALONE = 5.0
"""Without Valkey, for so long a changed rule may go unnoticed."""


class _Kept:
    rules: list[Rule]
    version: Any = None
    at = float("-inf")


def rules() -> list[Rule]:
    """Those that are on or in a dry run."""
    version: Any = valkey.hint("rules", lambda client: client.get(KEY) or _first(client))
    age = time.monotonic() - _Kept.at
    if version != _Kept.version or age > (SECONDS if version else SECONDS_ALONE):
        found = list(Rule.objects.filter(state__in=[Rule.State.ON, Rule.State.DRY_RUN]))
        _Kept.rules, _Kept.version, _Kept.at = found, version, time.monotonic()
    return _Kept.rules


def _first(client: redis.Redis) -> Any:
    client.set(KEY, uuid.uuid4().hex, nx=True)
    return client.get(KEY)


def changed() -> None:
    """Have all processes read the rules anew: for those of this transaction now, and for all once it is committed."""
    _tell()
    transaction.on_commit(_tell)


def _tell() -> None:
    valkey.hint("rules", lambda client: client.set(KEY, uuid.uuid4().hex))
    _Kept.at = float("-inf")
