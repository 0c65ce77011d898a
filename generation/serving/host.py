"""Holds the loaded model in the worker process that draws, and tells the others that it is there."""

import os
import socket
import sys
import threading
from typing import Any

from celery import signals
from django.conf import settings

from generation import valkey
from generation.services import workers
from generation.serving.dispatch import Dispatcher
from generation.serving.model import ImageModel, ModelError
from generation.serving.models import load_model

WEIGHTS_EXIT_CODE = 3
FINISH_SECONDS = 4.0
"""A stopping worker draws on for so long before it hands its work back: the whole site stops within ten seconds."""


class _State:
    """Of this process."""

    engine: ImageModel
    dispatcher: Dispatcher | None = None
    stopped = threading.Event()


def install() -> None:
    """Load the model when this Celery worker starts; announce it and draw while it runs."""
    signals.worker_init.connect(_load)
    signals.worker_ready.connect(_start)
    signals.worker_shutting_down.connect(_begin_stop)
    signals.worker_shutdown.connect(_finish)


def wake() -> None:
    """Have this process look for work. Raises RuntimeError where no model is hosted."""
    if _State.dispatcher is None:
        raise RuntimeError("This worker has no model: start it with AURORA_HOSTS_MODEL=1, or take it off queue gpu.")
    _State.dispatcher.wake()


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _load(**kwargs: Any) -> None:
    try:
        _State.engine = load_model(settings.AURORA_MODEL)
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WEIGHTS_EXIT_CODE)


def _start(**kwargs: Any) -> None:
    _State.dispatcher = Dispatcher(_State.engine, worker=worker_name())
    _State.dispatcher.start()
    threading.Thread(target=_announce, args=(_State.dispatcher,), name="announce", daemon=True).start()


def _announce(dispatcher: Dispatcher) -> None:
    while not _State.stopped.is_set():
        valkey.hint("announce", lambda _: _say(dispatcher))
        _State.stopped.wait(workers.EVERY_SECONDS)
    # It draws only what it has by now, so nobody should count on it.
    valkey.hint("withdraw", lambda _: workers.withdraw(name=worker_name()))


def _say(dispatcher: Dispatcher) -> None:
    offer = _State.engine.capabilities
    sizes = (f"{width}x{height}" for width, height in offer.sizes)
    workers.announce(
        name=worker_name(),
        model=_State.engine.name,
        rate=dispatcher.meter.rate,
        is_draining=dispatcher.is_drained,
        modes=offer.modes,
        sizes=sizes,
        references=offer.references,
    )


def _begin_stop(**kwargs: Any) -> None:
    _State.stopped.set()
    if _State.dispatcher:
        _State.dispatcher.stop(finish_seconds=FINISH_SECONDS)


def _finish(**kwargs: Any) -> None:
    """Celery's last word: it does not know of our threads."""
    if not _State.stopped.is_set():
        _begin_stop()
    if _State.dispatcher:
        _State.dispatcher.join()
        _State.engine.close()
