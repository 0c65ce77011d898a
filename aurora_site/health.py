"""`/healthz`: this process answers. `/readyz`: everything that a picture needs is there, part by part with a hint."""

import secrets
from collections.abc import Callable

import psycopg
import redis
import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from generation.services import workers

ADDRESS = {"dbname", "user", "password", "host", "port", "sslmode"}
log = structlog.get_logger(__name__)


class NotReady(Exception):
    """Carries the hint: what to do about it."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    parts = {name: _state(name, check) for name, check in CHECKS.items()}
    ready = all(part["ok"] for part in parts.values())
    return JsonResponse({"status": "ok" if ready else "waiting", "parts": parts}, status=200 if ready else 503)


def _state(name: str, check: Callable[[], None]) -> dict[str, object]:
    try:
        check()
    except NotReady as missing:
        return {"ok": False, "hint": str(missing)}
    except Exception as error:
        # The reason may hold addresses: it goes to the log, the hint to the reader.
        log.warning("not_ready", part=name, error=str(error))
        return {"ok": False, "hint": HINTS[name]}
    return {"ok": True}


def _database() -> None:
    # Not through Django's pool, which would wait for a connection to come back.
    params = connection.get_connection_params()
    address = {name: params[name] for name in ADDRESS & params.keys()}
    with psycopg.connect(**address, connect_timeout=2) as plain:
        plain.execute("select 1 from django_migrations limit 1")


def _valkey() -> None:
    once = Retry(NoBackoff(), 0)
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=once) as client:
        client.ping()


def _storage() -> None:
    name = default_storage.save(f"health/{secrets.token_hex(8)}", ContentFile(b"ok"))
    default_storage.delete(name)


def _worker() -> None:
    if not workers.live_workers():
        raise NotReady(HINTS["worker"])


CHECKS = {"database": _database, "valkey": _valkey, "storage": _storage, "worker": _worker}
HINTS = {
    "database": "PostgreSQL does not answer: see logs/postgres.log, or check DATABASE_URL.",
    "valkey": "Valkey does not answer: see logs/valkey.log, or check REDIS_URL.",
    "storage": "Pictures cannot be stored: check free disk and rights of the media folder, or the S3 settings.",
    "worker": "No worker has the model loaded yet: it takes some seconds after a start; see logs/worker.log.",
}
