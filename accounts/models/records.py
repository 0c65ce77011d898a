"""What is kept about what was done: the audit trail, and exports of everything."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.fields.json import KT
from django.utils import timezone
from django_scopes import ScopedManager

from accounts.models.people import User
from accounts.models.workspaces import Workspace


class AuditEntry(models.Model):
    """Who did what to what, from where. Append-only: the database refuses changes and deletions."""

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    actor = models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["AuditEntry"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = (
            models.Index(fields=["workspace", "-created_at", "-id"], name="audit_newest"),
            models.Index(fields=["actor", "-created_at"], name="audit_of_actor"),
            models.Index(KT("detail__about"), condition=models.Q(workspace=None), name="audit_of_person"),
            models.Index(fields=["request_id"], condition=~models.Q(request_id=""), name="audit_request"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class Zip(models.Model):
    """A zip that is made in the background for whoever asked. The row is the truth.

    `attempt` is the fencing token: it goes up with every claim, and what a worker writes later carries the one it got.
    Each attempt writes a file of its own.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    byte_size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """It is still to be made."""
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)


class Export(Zip):
    """Everything of a workspace, or of a person alone."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(User, models.CASCADE, related_name="+", help_text="who asked, and alone may fetch it")
    done = models.PositiveIntegerField(default=0, help_text="rows and files written so far")
    total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Export"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index(
                fields=["created_at"], condition=models.Q(status__in=["queued", "running"]), name="export_open"
            ),
            models.Index(fields=["expires_at"], condition=models.Q(status="ready"), name="export_ready"),
        )
        # One at a time; NULLs are distinct, so the two cases need a constraint each.
        constraints = (
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(status__in=["queued", "running"], workspace=None),
                name="export_one_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["workspace", "person"],
                condition=models.Q(status__in=["queued", "running"]),
                name="export_one_of_a_workspace",
            ),
        )

    def __str__(self) -> str:
        return f"export {self.id}"

    @property
    def storage_key(self) -> str:
        return self.key_of(self.attempt)

    def key_of(self, attempt: int) -> str:
        return f"exports/{self.id}/{attempt}.zip"
