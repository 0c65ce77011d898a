"""Webhooks to customers, and what is sent to them."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_scopes import ScopedManager

EXCERPT = 500
"""Characters of an answer that are kept."""


class Event(models.TextChoices):
    """What a customer may be told of."""

    SUCCEEDED = "generation.succeeded", "A generation by API has all its pictures"
    FAILED = "generation.failed", "A generation by API failed or was blocked"
    CANCELED = "generation.canceled", "A generation by API was canceled"
    BATCH_FINISHED = "batch.finished", "A batch is done, or was canceled"
    CREDIT_LOW = "credit.low", "The credit runs low"


TEST = "test"
"""The type of what is sent to try a webhook out."""


class Hook(models.Model):
    """An address of a customer's that is told of events. Its secrets sign what is sent, and are stored sealed.

    After a rotation the secret before the last one signs too, until `previous_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=40, choices=Event.choices))
    with_prompt = models.BooleanField(default=False, help_text="what is sent says the prompt")
    sealed_secret = models.TextField(editable=False)
    sealed_previous = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_on = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0, help_text="tries that failed since the last one that did not")
    failing_since = models.DateTimeField(null=True, blank=True)
    turned_off_at = models.DateTimeField(null=True, blank=True, help_text="by the site, as it only failed")
    owners_told = models.BooleanField(default=True, help_text="that the site turned it off")
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Hook"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["workspace", "created_at"], name="hook_oldest"),)

    def __str__(self) -> str:
        return self.url

    @property
    def has_two_secrets(self) -> bool:
        """The one before the last rotation still signs."""
        return self.previous_until is not None and self.previous_until > timezone.now()


class Delivery(models.Model):
    """One event on its way to one hook. While it waits, `next_try_at` is when; a try under way pushes it into the
    future, so that what a dead worker began is tried again, and `attempts` fences off whoever was too slow.

    The payload holds ids and states; addresses of pictures and prompts are looked up when it is sent.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="+")
    generation = models.ForeignKey(
        "generation.Generation", null=True, on_delete=models.CASCADE, related_name="+", help_text="that it is about"
    )
    event_id = models.CharField(max_length=40, help_text="the same for each replay: receivers tell repetitions by it")
    type = models.CharField(max_length=40)
    payload = models.JSONField()
    is_replay = models.BooleanField(default=False)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_excerpt = models.CharField(max_length=EXCERPT, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Delivery"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(fields=["hook", "-created_at"], name="delivery_newest"),
            models.Index(fields=["next_try_at"], condition=Q(status="waiting"), name="delivery_due"),
            models.Index(fields=["created_at"], name="delivery_oldest"),
            models.Index(fields=["workspace", "type", "created_at"], name="delivery_of_type"),
        )
        constraints = (
            models.UniqueConstraint(fields=["hook", "event_id"], condition=Q(is_replay=False), name="delivery_once"),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(next_try_at__isnull=False), name="delivery_waiting_has_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
