"""Prompts that people keep."""

import uuid
from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from generation import catalog


class SavedPrompt(models.Model):
    """A prompt that one person keeps in a workspace, under a name of theirs."""

    MOST = 100

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    text = models.TextField(max_length=catalog.MAX_PROMPT)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["SavedPrompt"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["workspace", "person", "name"], name="saved_prompt_one_a_name"),)

    def __str__(self) -> str:
        return self.name
