"""What the gallery is read from, kept by triggers as pictures come, go and change; and zips of chosen pictures."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from accounts.models.records import Zip
from generation.models.generations import Generation


class Tile(models.Model):
    """A request of which there are pictures, as the gallery finds it. No code writes here: triggers do.

    `words` are those of its prompt, and each fact that is filtered by as a word such as "=mode:pro" or "=tag:cat". The
    wall of this table shows rows by `words` alone that match `app.wanted` (services/search.py).
    """

    generation = models.OneToOneField(Generation, on_delete=models.CASCADE, primary_key=True, related_name="+")
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    maker = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    is_shared = models.BooleanField()
    created_at = models.DateTimeField()
    pictures = models.PositiveSmallIntegerField(help_text="how many are there, not in the bin")
    words = SearchVectorField()

    objects: ClassVar[models.Manager["Tile"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index("workspace", F("created_at").desc(), F("generation").desc(), name="tile_newest"),
            GinIndex(fields=["words"], name="tile_words"),
        )

    def __str__(self) -> str:
        return f"{self.pictures} of {self.generation_id}"


class PictureDay(models.Model):
    """How many pictures of a day (in UTC) are there: those that are shared, and each maker's private ones."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    maker = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.CASCADE, related_name="+", help_text="of private ones"
    )
    day = models.DateField()
    pictures = models.IntegerField()

    objects: ClassVar[models.Manager["PictureDay"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "day", "maker"], name="picture_day_one_a_maker", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.pictures} on {self.day}"


class Bundle(Zip):
    """Chosen pictures."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    pictures = ArrayField(models.UUIDField())
    done = models.PositiveIntegerField(default=0, help_text="pictures written so far")

    objects: ClassVar[models.Manager["Bundle"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index(fields=["created_at"], condition=Q(status__in=["queued", "running"]), name="bundle_open"),
            models.Index(fields=["expires_at"], condition=Q(status="ready"), name="bundle_ready"),
            models.Index(fields=["workspace", "person", "-created_at"], name="bundle_newest"),
        )

    def __str__(self) -> str:
        return f"bundle {self.id}"

    @property
    def total(self) -> int:
        return len(self.pictures)

    @property
    def storage_key(self) -> str:
        return self.key_of(self.attempt)

    def key_of(self, attempt: int) -> str:
        return f"bundles/{self.id}/{attempt}.zip"
