"""Batches: many requests at once that are drawn when nothing else waits, at half the price."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager


class Batch(models.Model):  # type: ignore[django-manager-missing]  # `lines`: a manager made at run time
    """A file of requests that was sent by API. Its lines hold the requests, and how each of them went."""

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        CANCELING = "canceling"
        CANCELED = "canceled"
        FINISHED = "finished"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    api_key = models.ForeignKey("accounts.ApiKey", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=120, blank=True, help_text="of the file")
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    trouble_code = models.CharField(max_length=40, blank=True)
    trouble = models.TextField(blank=True, help_text="why it is paused")
    total = models.PositiveIntegerField(help_text="lines")
    most_micros = models.BigIntegerField(help_text="what it costs when every picture is delivered")
    # As the client sent it, see Generation.
    idempotency_key = models.CharField(max_length=255, null=True, blank=True, editable=False)  # noqa: DJ001
    request_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    fed_at = models.DateTimeField(auto_now_add=True, help_text="when somebody last looked what to begin next")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Batch"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name_plural = "batches"
        indexes = (
            models.Index(fields=["workspace", "-created_at", "-id"], name="batch_newest"),
            models.Index(fields=["fed_at"], condition=~Q(state__in=["canceled", "finished"]), name="batch_open"),
            models.Index(fields=["api_key", "request_hash"], name="batch_sent"),
        )
        constraints = (models.UniqueConstraint(fields=["api_key", "idempotency_key"], name="batch_one_a_request"),)

    def __str__(self) -> str:
        return f"batch {self.id}"

    @property
    def is_over(self) -> bool:
        """Nothing more will come of it."""
        return self.state in (self.State.CANCELED, self.State.FINISHED)


class BatchLine(models.Model):
    """One request of a batch. `wish` is what is asked for; once that has become a generation only the format is left
    of it, as the generation holds the rest."""

    class State(models.TextChoices):
        WAITING = "waiting"
        OPEN = "open"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="lines")
    index = models.PositiveIntegerField(help_text="its place in the file, from 0")
    custom_id = models.CharField(max_length=64)
    wish = models.JSONField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    generation = models.OneToOneField(
        "generation.Generation", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)

    objects: ClassVar[models.Manager["BatchLine"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["batch", "state", "index"], name="batch_line_next"),)
        constraints = (
            models.UniqueConstraint(fields=["batch", "index"], name="batch_line_one_a_place"),
            models.UniqueConstraint(fields=["batch", "custom_id"], name="batch_line_one_an_id"),
        )

    def __str__(self) -> str:
        return f"line {self.index} of {self.batch_id}"
