"""The price list."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Price(models.Model):
    """What one of `item` costs from `valid_from` on, until a later row says otherwise. Append-only: the past stays."""

    class Item(models.TextChoices):
        SPEED = "speed", "Speed image"
        QUALITY = "quality", "Quality image"
        PRO = "pro", "Pro image"
        VIDEO_SECOND = "video_second", "Second of video"
        LORA_RUN = "lora_run", "LoRA training run"

    item = models.CharField(max_length=16, choices=Item.choices)
    micros = models.BigIntegerField(help_text="micro-dollars")
    valid_from = models.DateTimeField()
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Price"]] = models.Manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "valid_from"], name="billing_one_price_at_a_time"),
            models.CheckConstraint(condition=models.Q(micros__gt=0), name="billing_price_above_zero"),
            models.CheckConstraint(
                condition=models.Q(valid_from__gte=models.F("created_at")), name="billing_price_not_of_the_past"
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} from {self.valid_from:%Y-%m-%d}"
