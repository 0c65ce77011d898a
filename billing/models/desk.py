"""What staff do to the books, and what proves them day by day."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django_scopes import ScopedManager

from billing.models.ledger import Account

AT_ONCE_MICROS = 100_000_000
"""What one member of staff may adjust alone; see services/adjustments."""


class Adjustment(models.Model):
    """Credit that staff put right. Above $100 a colleague of whoever asks has to approve, which the database demands.

    Its id is the key of the movement, so it is moved once. Only what was decided of it may change, and once.
    """

    class State(models.TextChoices):
        AT_ONCE = "at_once", "Made at once"
        ASKED = "asked", "Waits for a colleague"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    micros = models.BigIntegerField(help_text="below zero to take away")
    reason = models.CharField(max_length=200, help_text="as the workspace reads it")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Adjustment"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~models.Q(micros=0), name="adjustment_moves_something"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="adjustment_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["approved", "refused"], decided_by__isnull=False)
                | models.Q(state="asked", decided_by=None)
                | models.Q(state="at_once", decided_by=None, micros__gte=-AT_ONCE_MICROS, micros__lte=AT_ONCE_MICROS),
                name="adjustment_above_a_hundred_is_decided",
            ),
        )
        indexes = (
            models.Index(fields=["-asked_at"], name="adjustment_newest"),
            models.Index(fields=["asked_at"], condition=models.Q(state="asked"), name="adjustment_open"),
        )

    def __str__(self) -> str:
        return f"{self.micros} for {self.workspace_id}"


class ClosedDay(models.Model):
    """What all accounts of a kind held at the end of a day in UTC: the sum of postings, never of balances."""

    day = models.DateField()
    kind = models.CharField(max_length=16, choices=Account.Kind.choices)
    micros = models.BigIntegerField()

    objects: ClassVar[models.Manager["ClosedDay"]] = models.Manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["day", "kind"], name="closed_day_once_a_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} on {self.day}"
