"""Workers that are to claim nothing more."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Drain(models.Model):
    """Staff have told a worker to finish what it has and to claim nothing more.

    It is told to one process: a worker that starts clears what stands under its name, so that one that was restarted
    draws again.
    """

    worker = models.CharField(max_length=120, primary_key=True)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Drain"]] = models.Manager()

    def __str__(self) -> str:
        return self.worker
