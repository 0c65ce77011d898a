"""What jobs did last: those of the schedule, and those that staff ask for from a page.

Celery's signals write it down, so a task need not know. A job that is asked for twice runs once at a time.
"""

import time
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app, signals
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from accounts.models import JobRun
from accounts.services import audit
from accounts.services.rights import Refused

State = JobRun.State
LOST = timedelta(hours=6)
"""A run that says nothing for so long has died with its worker."""
NOT_TAKEN = timedelta(minutes=10)
QUICK_SECONDS = 60
"""Of those that run more often only the end is written down: they are over before anybody looks."""

_asked_only: set[str] = set()
_begun: dict[str, float] = {}
log = structlog.get_logger(__name__)


def on_demand(name: str) -> None:
    """Say that a task, which no schedule has, is watched and may be asked for."""
    _asked_only.add(name)


def watch() -> None:
    """Listen to what Celery runs in this process."""
    signals.task_prerun.connect(_begin, dispatch_uid="accounts.jobs.begin")
    signals.task_postrun.connect(_end, dispatch_uid="accounts.jobs.end")


def scheduled() -> dict[str, dict[str, Any]]:
    """The schedule by the names of tasks."""
    return {entry["task"]: entry for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def is_watched(name: str) -> bool:
    return name in _asked_only or name in scheduled()


@transaction.atomic
def ask(name: str) -> None:
    """Have a job done as soon as somebody is free. Raises Refused while it waits or runs."""
    if not is_watched(name):
        raise Refused("There is no such job.")
    now = timezone.now()
    JobRun.objects.get_or_create(name=name)
    waits = Q(state=State.ASKED, asked_at__gt=now - NOT_TAKEN) | Q(state=State.RUNNING, began_at__gt=now - LOST)
    if not JobRun.objects.filter(~waits, name=name).update(state=State.ASKED, asked_at=now, said=""):
        raise Refused("It waits or runs already. Look again in a moment.")
    audit.record("job.asked", workspace=None, target=label(name))
    transaction.on_commit(lambda: _send(name), robust=True)


def say(name: str, words: str) -> None:
    """How far a job is, for those who watch it."""
    JobRun.objects.filter(name=name).update(said=words[:300])


def label(name: str) -> str:
    """As people read it: "prove ledger (billing)"."""
    app, _, last = name.replace(".tasks", "").rpartition(".")
    return f"{last.replace('_', ' ')} ({app})"


def _send(name: str) -> None:
    try:
        # Asked first, as Celery's own client would retry for many seconds.
        cache.get("ping")
        current_app.send_task(name, retry=False)
    except (OperationalError, OSError, RedisError) as error:
        log.warning("message_not_sent", task=name, error=str(error))
        JobRun.objects.filter(name=name).update(state=State.FAILED, said="The queue did not take it. Try again.")


def _begin(task_id: str, task: Any, **_: Any) -> None:
    if not is_watched(task.name):
        return
    _begun[task_id] = time.monotonic()
    if not _is_quick(task.name):
        _write(task.name, state=State.RUNNING, began_at=timezone.now(), said="")


def _end(task_id: str, task: Any, state: str | None = None, retval: Any = None, **_: Any) -> None:
    began = _begun.pop(task_id, None)
    if began is None:
        return
    seconds = time.monotonic() - began
    now = timezone.now()
    values = {"ended_at": now, "seconds": seconds, "state": State.DONE if state == "SUCCESS" else State.FAILED}
    if _is_quick(task.name):
        values["began_at"] = now - timedelta(seconds=seconds)
    if state != "SUCCESS" or isinstance(retval, str):
        values["said"] = (retval if isinstance(retval, str) else f"{type(retval).__name__}: {retval}")[:300]
    elif _is_quick(task.name):
        values["said"] = ""
    _write(task.name, **values)


def _is_quick(name: str) -> bool:
    every = scheduled().get(name, {}).get("schedule")
    return isinstance(every, int | float) and every < QUICK_SECONDS


def _write(name: str, **values: Any) -> None:
    """One statement, as this happens often."""
    row = JobRun(name=name, **values)
    JobRun.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=list(values))
