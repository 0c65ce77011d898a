"""What staff leave behind when they help: when they were at it and why, and notes for their colleagues."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django_scopes import ScopedManager

from accounts.models.people import User
from accounts.models.workspaces import Workspace


class StaffSession(models.Model):
    """A time in which somebody of the staff may use the admin from one browser, with the reason they gave for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    address = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["person", "-began_at"], name="staff_session_newest"),)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.reason}"


class Note(models.Model):
    """What staff tell each other about a person or a workspace. Only staff read it."""

    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="+")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Note"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index(fields=["person", "-created_at"], name="note_of_person"),
            models.Index(fields=["workspace", "-created_at"], name="note_of_workspace"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(person=None, workspace__isnull=False)
                | models.Q(person__isnull=False, workspace=None),
                name="note_is_about_one",
            ),
        )

    def __str__(self) -> str:
        return self.text[:80]
