"""Waits out a database that is restarting, where giving up would throw away a picture that is drawn."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")
AWAY = (OperationalError, InterfaceError)
PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
"""A restart takes seconds, and a connection pool some more: it waits longer after each try that failed."""


log = structlog.get_logger(__name__)


def patiently(call: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> T:
    """Run an idempotent `call`, again while the database is away, for at most `seconds`; then its error is raised."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return call()
        except AWAY as error:
            forget_broken_connection()
            if time.monotonic() > deadline:
                raise
            log.warning("database_away", error=str(error))
            time.sleep(PAUSE_SECONDS)


def forget_broken_connection() -> None:
    """Let the next query of this thread connect anew, if the server has gone."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
