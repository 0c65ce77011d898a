"""What is deleted in two steps: first it is only due, and may be taken back; after the grace it is erased."""

from django.db import models
from django.db.models import Q


class Erasable(models.Model):
    """The row stays after the erasure, emptied of all that is personal: the books and the audit trail name it."""

    deletion_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    erasing_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="lease of whoever erases it")
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        indexes = (
            models.Index(
                fields=["deletion_due_at"],
                condition=Q(deletion_due_at__isnull=False, deleted_at__isnull=True),
                name="%(class)s_to_be_erased",
            ),
        )

    @property
    def is_leaving(self) -> bool:
        """To be deleted, and not deleted yet: it can still be taken back."""
        return self.deletion_due_at is not None and self.deleted_at is None
