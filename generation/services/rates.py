"""How many requests a key, a workspace and an address may send: a bucket of tokens each, in Valkey.

A bucket holds as many tokens as a minute allows and fills up evenly; a request takes one out of each, or none where one
is empty. The script runs at the server in one go, so requests at once at several web processes do not get past it.
Without Valkey nobody is counted: a site that is half there does not also refuse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import ApiKey, User, Workspace
from billing.plans import plan_of
from generation import valkey

PLAN_SECONDS = 30
"""For so long a changed plan may go unnoticed here."""

TAKE = """
local now = redis.call('TIME')
now = tonumber(now[1]) * 1000 + tonumber(now[2]) / 1000
local left, wait, least = {}, 0, nil
for i, key in ipairs(KEYS) do
    local size = tonumber(ARGV[i])
    local row = redis.call('HMGET', key, 'left', 'at')
    local tokens = math.min(size, (tonumber(row[1]) or size) + (now - (tonumber(row[2]) or now)) * size / 60000)
    left[i] = tokens
    if tokens < 1 then wait = math.max(wait, (1 - tokens) * 60000 / size) end
end
for i, key in ipairs(KEYS) do
    if wait == 0 then left[i] = left[i] - 1 end
    redis.call('HSET', key, 'left', left[i], 'at', now)
    redis.call('PEXPIRE', key, 120000)
    if least == nil or left[i] / ARGV[i] < left[least] / ARGV[least] then least = i end
end
local size = tonumber(ARGV[least])
return {math.ceil(wait), size, math.floor(left[least]), math.ceil((size - left[least]) * 60000 / size)}
"""

LOOK = """
local now = redis.call('TIME')
now = tonumber(now[1]) * 1000 + tonumber(now[2]) / 1000
local size = tonumber(ARGV[1])
local row = redis.call('HMGET', KEYS[1], 'left', 'at')
return math.floor(math.min(size, (tonumber(row[1]) or size) + (now - (tonumber(row[2]) or now)) * size / 60000))
"""


@dataclass(frozen=True)
class Rate:
    """Of the fullest bucket that a request was counted in: its size, what is left, and when it is whole again.

    `wait_ms` is 0 where the request may go on.
    """

    wait_ms: int
    limit: int
    remaining: int
    reset_ms: int


def of_key(api_key: ApiKey) -> Rate | None:
    """Count a request of a key and its workspace. None when nothing could be counted."""
    size = _allowed(api_key.workspace)
    return _take([f"rate:key:{api_key.pk}", f"rate:workspace:{api_key.workspace_id}"], [size, size])


def of_address(address: str) -> Rate | None:
    """Count a request from an address, whoever sends it."""
    return _take([f"rate:address:{address}"], [settings.AURORA_REQUESTS_AN_ADDRESS])


def of_downloads(person: User) -> Rate | None:
    """Count a file that a person fetches: each is made anew."""
    return _take([f"rate:downloads:{person.pk}"], [settings.AURORA_DOWNLOADS_A_MINUTE])


def of_try(whose: str, a_minute: int) -> bool:
    """Count a try, as at a password; False where it is one too many. `whose` names what the tries are counted of."""
    rate = _take([f"rate:try:{whose}"], [a_minute])
    return rate is None or rate.wait_ms == 0


@dataclass(frozen=True)
class Left:
    """How many requests a minute a workspace may send, 0 for any number, and how many it may send at once now."""

    limit: int
    now: int


def left(workspace: Workspace) -> Left | None:
    """What the workspace's bucket holds; nothing is counted. None when that cannot be seen. Runs in its scope."""
    size = _allowed(workspace)
    answer: Any = valkey.hint("rates", lambda client: client.eval(LOOK, 1, f"rate:workspace:{workspace.pk}", size))
    return Left(size, int(answer)) if answer is not None else None


def _take(keys: Sequence[str], sizes: Sequence[int]) -> Rate | None:
    if not all(sizes):
        return None
    answer: Any = valkey.hint("rates", lambda client: client.eval(TAKE, len(keys), *keys, *sizes))
    return Rate(*map(int, answer)) if answer else None


def _allowed(workspace: Workspace) -> int:
    """Requests a minute of the workspace's plan; 0 for any number. The plan is looked up now and then."""
    key = f"rate:plan:{workspace.pk}"
    name: Any = valkey.hint("rates", lambda client: client.get(key))
    if name is None:
        name = plan_of(workspace).name
        valkey.hint("rates", lambda client: client.set(key, name, ex=PLAN_SECONDS))
    return int(settings.AURORA_REQUESTS_A_MINUTE[name])
