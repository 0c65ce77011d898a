"""What the nightly comparison with Stripe found."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Reconciliation(models.Model):
    """One comparison of what we have with what Stripe has. The next one begins where the last finished one began."""

    started_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list, help_text="what differed and was put right, in sentences")

    objects: ClassVar[models.Manager["Reconciliation"]] = models.Manager()

    class Meta:
        indexes = (models.Index(fields=["-started_at"], name="billing_reconciled"),)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}, {len(self.findings)} findings"
