"""The Celery app. Tasks are found in each app's tasks.py; queues and schedule are in the settings."""

import os
from typing import Any

from celery import Celery
from celery.beat import EmbeddedService
from celery.signals import setup_logging, worker_ready
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurora_site.settings")

app = Celery("aurora")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Django has set logging up; that this receiver exists stops Celery from doing so again."""


@worker_ready.connect
def start_beat(**_: Any) -> None:
    """Send the periodic tasks from a thread of the one worker told to.

    Celery's own `-B` forks a process that outlives a killed worker and would then send everything twice.
    """
    if settings.AURORA_RUNS_BEAT:
        # Named here too: this service does not read CELERY_BEAT_SCHEDULER, and its own default writes files.
        EmbeddedService(app, thread=True, scheduler_cls=settings.CELERY_BEAT_SCHEDULER).start()
