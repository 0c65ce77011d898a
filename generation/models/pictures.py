"""Pictures, what people think of them, and the room that they take."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from generation import catalog
from generation.models.generations import Generation


class There(models.Manager["Picture"]):
    """Without what lies in the bin."""

    def get_queryset(self) -> models.QuerySet["Picture"]:
        return super().get_queryset().filter(deleted_at=None)


class Picture(models.Model):  # type: ignore[django-manager-missing]  # `marks`: a manager made at run time
    """One delivered picture: a PNG in object storage and what made it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="pictures")
    index = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    storage_key = models.CharField(max_length=200)
    byte_size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    seconds = models.FloatField(help_text="drawing time")
    positions = models.PositiveIntegerField(help_text="image tokens that were sampled")
    created_at = models.DateTimeField(auto_now_add=True)

    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, help_text="since when everybody sees it in Explore")
    names_maker = models.BooleanField(default=False, help_text="in Explore, by the name on their profile")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="since when it lies in the bin")
    deleted_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    held_key = models.CharField(
        max_length=200, blank=True, editable=False, help_text="of the clear picture; `storage_key` is of a blurred one"
    )

    mine: "Mark"
    """What the reader thinks of it, where the gallery has looked it up."""

    objects: ClassVar[models.Manager["Picture"]] = ScopedManager(workspace="workspace")
    """All of them: for money, room, and whatever may be drawn only once."""
    there: ClassVar[models.Manager["Picture"]] = ScopedManager(workspace="workspace", _manager_class=There)
    """What people and programs are shown."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["generation", "index"], name="generation_one_picture_an_index"),)
        indexes = (
            models.Index("workspace", F("created_at").desc(), F("id").desc(), name="picture_newest"),
            models.Index(fields=["workspace", "sha256"], name="picture_content"),
            models.Index(F("published_at").desc(), name="picture_published", condition=Q(published_at__isnull=False)),
            models.Index(fields=["deleted_at"], name="picture_binned", condition=Q(deleted_at__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.index} of {self.generation_id}"

    @property
    def size(self) -> catalog.Size:
        return catalog.Size(self.width, self.height)

    @property
    def is_held(self) -> bool:
        """Moderators keep it back: whoever reads the file finds it blurred."""
        return bool(self.held_key)

    @property
    def is_there(self) -> bool:
        """It is not in the bin."""
        return self.deleted_at is None


class Mark(models.Model):
    """What one person thinks of a picture: a rating, and whether it is among their favourites."""

    MOST = 5

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="marks")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    rating = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(MOST)], help_text="0 is none")
    is_favourite = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["Mark"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["picture", "person"], name="mark_one_a_person"),
            models.CheckConstraint(condition=Q(rating__lte=5), name="mark_rating_up_to_five"),
        )
        indexes = (
            models.Index(fields=["workspace", "person"], name="mark_favourites", condition=Q(is_favourite=True)),
            models.Index(fields=["workspace", "person", "rating"], name="mark_ratings", condition=Q(rating__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.person_id} of {self.picture_id}"


class StorageUse(models.Model):
    """How many bytes the pictures of a workspace take: kept by triggers as pictures come and go."""

    workspace = models.OneToOneField("accounts.Workspace", on_delete=models.CASCADE, primary_key=True, related_name="+")
    bytes = models.BigIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["StorageUse"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name_plural = "storage use"

    def __str__(self) -> str:
        return f"{self.bytes} bytes of {self.workspace_id}"
