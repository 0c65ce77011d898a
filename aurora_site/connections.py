"""Settings for PostgreSQL, Valkey and file storage, from the environment or from the embedded servers."""

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from aurora_site.servers.layout import DATABASE, Layout

DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database(url: str, *, layout: Layout, pool_size: int) -> dict[str, Any]:
    """Django's DATABASES entry. Takes every form that libpq takes; pool_size 0 means no pool."""
    embedded = {"dbname": DATABASE, "user": DATABASE, "host": str(layout.sockets)}
    params = _parse_conninfo(url) if url else embedded
    entry: dict[str, Any] = {"ENGINE": "aurora_site.postgresql", "CONN_HEALTH_CHECKS": True}
    entry |= {django: str(params.pop(libpq)) for libpq, django in DJANGO_NAMES.items() if params.get(libpq)}
    options: dict[str, Any] = {"connect_timeout": 5, **params}
    if pool_size:
        # Under ASGI each request has a new thread and so, without a pool, a new connection.
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    # A pool keeps connections itself and requires CONN_MAX_AGE 0.
    return entry | {"OPTIONS": options, "CONN_MAX_AGE": 0 if pool_size else 60}


def _parse_conninfo(url: str) -> dict[str, Any]:
    try:
        params = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL is not a PostgreSQL URL: {error}".strip()) from error
    if not params.get("dbname"):
        raise ImproperlyConfigured("DATABASE_URL names no database; write postgresql://user:password@host:5432/aurora.")
    return dict(params)


def redis_db(url: str, offset: int) -> str:
    """The same server, `offset` databases further: caches and streams at +0, the Celery broker at +1."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        query["db"] = str(int(query.get("db", "0")) + offset)
        return f"unix://{parts.path}?{urlencode(query)}"
    if parts.scheme not in {"redis", "rediss"}:
        raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
    number = parts.path.strip("/") or "0"
    if not number.isdecimal():
        raise ImproperlyConfigured(
            f"REDIS_URL names database {number!r}; it must be a number, as in redis://host:6379/0."
        )
    return urlunsplit(parts._replace(path=f"/{int(number) + offset}"))


def celery_broker(url: str) -> str:
    """The broker URL as kombu writes it: `unix://…?db=1` is `redis+socket://…?virtual_host=1` there."""
    broker = redis_db(url, 1)
    if not broker.startswith("unix://"):
        return broker
    return re.sub(r"([?&])db=", r"\1virtual_host=", broker.replace("unix://", "redis+socket://", 1))


def secret_key(var: Path) -> str:
    """The key that this installation made for itself on its first start (var/secret_key, mode 600)."""
    path = var / "secret_key"
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(50))
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written ({error.strerror}): give SECRET_KEY, or let AURORA_VAR name your own folder."
        ) from error
    return _read_key(path)


def _write_once(path: Path, key: str) -> None:
    """Readable by its owner alone; of two first starts at once both end with the same whole key."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key") as file:
        file.write(key)
        file.flush()
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)


def _read_key(path: Path) -> str:
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read ({error.strerror}): run as its owner.") from error
    if not key:
        raise ImproperlyConfigured(f"{path} is empty: delete it, and the next start makes a new key.")
    return key
