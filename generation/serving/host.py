"""Holds the loaded model in the worker process that draws, and tells the others that it is there."""

import os
import socket
import sys
import threading
import time
from typing import Any

import structlog
from celery import signals
from django.conf import settings

from generation import valkey
from generation.services import workers
from generation.serving.engine import Engine, WeightsError

WEIGHTS_EXIT_CODE = 3
FINISH_SECONDS = 4.0
"""A stopping worker draws on for so long before it hands its work back: the whole site stops within ten seconds."""

log = structlog.get_logger(__name__)


class _State:
    """Of this process."""

    engine: Engine | None = None
    stop_by: float | None = None
    stopped = threading.Event()


def install() -> None:
    """Load the model when this Celery worker starts, and announce it while it runs."""
    signals.worker_init.connect(_load)
    signals.worker_ready.connect(_start_announcing)
    signals.worker_shutting_down.connect(_begin_stop)


def engine() -> Engine:
    """The loaded model. Raises RuntimeError in a process that hosts none."""
    if _State.engine is None:
        raise RuntimeError("This worker has no model: start it with AURORA_HOSTS_MODEL=1, or take it off queue gpu.")
    return _State.engine


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def is_stopping() -> bool:
    """Whether work under way should be handed back now."""
    return _State.stop_by is not None and time.monotonic() >= _State.stop_by


def _load(**kwargs: Any) -> None:
    try:
        _State.engine = Engine.load(settings.AURORA_WEIGHTS, built=settings.AURORA_FUSED)
    except WeightsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WEIGHTS_EXIT_CODE)


def _start_announcing(**kwargs: Any) -> None:
    threading.Thread(target=_announce, name="announce", daemon=True).start()


def _announce() -> None:
    model = engine().name
    while not _State.stopped.is_set():
        valkey.hint("announce", lambda _: workers.announce(name=worker_name(), model=model))
        _State.stopped.wait(workers.EVERY_SECONDS)
    valkey.hint("withdraw", lambda _: workers.withdraw(name=worker_name(), model=model))


def _begin_stop(**kwargs: Any) -> None:
    _State.stop_by = time.monotonic() + FINISH_SECONDS
    _State.stopped.set()
