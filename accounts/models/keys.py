"""Keys of the public API."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django_scopes import ScopedManager

from accounts import scopes
from accounts.models.people import User
from accounts.models.workspaces import Workspace


class ApiKey(models.Model):
    """A key of the public API. The secret itself is shown once and never stored.

    After a rotation the secret before the last one opens too, until `previous_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    key_id = models.CharField(max_length=8, unique=True)
    secret_hash = models.CharField(max_length=128)
    previous_hash = models.CharField(max_length=128, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), default=scopes.every)
    monthly_cap_micros = models.BigIntegerField(
        null=True, blank=True, help_text="micro-dollars a calendar month (UTC); none: as much as the workspace has"
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ApiKey"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["workspace", "-created_at"], name="api_key_newest"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(monthly_cap_micros__gt=0), name="api_key_cap_is_above_zero"),
            models.CheckConstraint(
                condition=models.Q(previous_hash="", previous_until=None)
                | (~models.Q(previous_hash="") & models.Q(previous_until__isnull=False)),
                name="api_key_previous_secret_ends",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"

    @property
    def prefix(self) -> str:
        """What of the key may be shown: enough to tell it from others."""
        return f"aur_live_{self.key_id}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
