"""Collections: pictures that somebody put together, in an order of their own, for themselves, a team or everybody."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from generation.models.pictures import Picture


class Collection(models.Model):  # type: ignore[django-manager-missing]  # `entries`, `roles`: managers made at run time
    """A set of pictures. Its owner, and who was given a role, see it; where it is shared, so does the workspace.

    What is in it is shown to nobody who may not see the picture itself. With a token it has a public address.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=80)
    description = models.TextField(max_length=500, blank=True)
    is_shared = models.BooleanField(default=False, help_text="with the workspace; else by roles alone")
    cover = models.ForeignKey(Picture, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Null, not empty: those without a link are many. Sealed beside it, as its owner copies it again.
    token_hash = models.CharField(max_length=64, null=True, editable=False, unique=True)  # noqa: DJ001
    sealed_token = models.TextField(blank=True, editable=False)
    link_password = models.CharField(max_length=128, blank=True, editable=False, help_text="hashed; empty: none")
    link_until = models.DateTimeField(null=True, blank=True)
    link_shows_prompts = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Collection"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index("workspace", F("updated_at").desc(), name="collection_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(token_hash__isnull=False) | Q(sealed_token="", link_password="", link_until=None),
                name="collection_link_is_whole",
            ),
        )

    def __str__(self) -> str:
        return self.name


class CollectionRole(models.Model):
    """What a member may do with somebody else's collection."""

    class Role(models.TextChoices):
        VIEWER = "viewer"
        EDITOR = "editor"

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="roles")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["CollectionRole"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["collection", "person"], name="collection_one_role_a_person"),)
        indexes = (models.Index(fields=["workspace", "person"], name="collection_role_of"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.collection_id}: {self.role}"


class CollectionEntry(models.Model):
    """A picture in a collection; `place` orders them, with gaps."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="entries")
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+")
    place = models.IntegerField()
    added_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["CollectionEntry"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["collection", "picture"], name="collection_holds_it_once"),)
        indexes = (models.Index(fields=["collection", "place"], name="collection_order"),)

    def __str__(self) -> str:
        return f"{self.picture_id} in {self.collection_id}"
