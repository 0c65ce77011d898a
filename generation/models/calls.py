"""The log of requests to the API, as developers read it."""

import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F
from django_scopes import ScopedManager

from generation.models.generations import Generation


class ApiCall(models.Model):
    """One request that came with a key that works, and how it was answered. Kept for thirty days."""

    class Outcome(models.TextChoices):
        """Whose fault it was. A stream that broke off has an error, and status 200, which was sent long before."""

        OK = "ok", "Succeeded"
        CLIENT = "client", "Client error"
        SERVER = "server", "Server error"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    api_key = models.ForeignKey("accounts.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    generation = models.ForeignKey(Generation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    request_id = models.CharField(max_length=100)
    idempotency_key = models.CharField(max_length=255, blank=True)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField(help_text="as it was sent; 499 where the client went first")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.JSONField(default=dict, blank=True, help_text="what the envelope of the answer held")
    milliseconds = models.PositiveIntegerField(help_text="until the last byte was sent")
    created_at = models.DateTimeField(help_text="when the request came")

    objects: ClassVar[models.Manager["ApiCall"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name = "API call"
        indexes = (
            models.Index("workspace", F("created_at").desc(), F("id").desc(), name="call_newest"),
            models.Index("workspace", "request_id", name="call_request"),
            models.Index("api_key", F("created_at").desc(), name="call_of_key"),
            models.Index(fields=["request_id"], name="call_by_request"),
            # For what is to go: rows lie in the order of time, so this one is small.
            BrinIndex(fields=["created_at"], autosummarize=True, name="call_old"),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
