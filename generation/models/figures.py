"""Sums that the staff's overview shows: counted in the background, as their rows are too many to count in a page."""

from typing import ClassVar

from django.db import models


class Figure(models.Model):
    """One number of one hour or one day, of all workspaces together. Times are milliseconds, money is micro-dollars."""

    class Span(models.TextChoices):
        HOUR = "hour"
        DAY = "day"

    span = models.CharField(max_length=4, choices=Span.choices)
    begins_at = models.DateTimeField()
    name = models.CharField(max_length=60)
    value = models.BigIntegerField()
    counted_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["Figure"]] = models.Manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["span", "begins_at", "name"], name="figure_once"),)

    def __str__(self) -> str:
        return f"{self.name} {self.begins_at:%Y-%m-%d %H:%M}"
