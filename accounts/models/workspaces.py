"""Workspaces, who is in them, and who may come in."""

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django_scopes import ScopedManager

from accounts.erasable import Erasable
from accounts.models.people import User


class Workspace(Erasable):
    """The tenant. Every user has a personal one; teams share others."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=48, unique=True)
    is_personal = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="workspaces")
    logo_key = models.CharField(max_length=200, blank=True, help_text="where the logo lies in object storage")
    default_mode = models.CharField(max_length=16, blank=True, help_text="of new requests; empty: the quickest")
    default_size = models.CharField(max_length=16, blank=True, help_text="as 512x512; empty: the mode's own")
    shares_pictures = models.BooleanField(default=True, help_text="new pictures are seen by all members")
    join_domain = models.CharField(max_length=253, blank=True, db_index=True, help_text="whose people may join")
    deletion_told = models.BigIntegerField(
        null=True, editable=False, help_text="while members are told that it is, or is not, deleted: the last one told"
    )

    class Meta(Erasable.Meta):
        # Staff find workspaces by any word of their names.
        indexes: ClassVar[Any] = (
            *Erasable.Meta.indexes,
            GinIndex(SearchVector("name", config="simple"), name="workspace_named"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def logo_url(self) -> str:
        """Where members get the logo; "" without one. Names its content, so that browsers may keep it."""
        return f"{reverse('accounts:logo', args=[self.slug])}?v={self.logo_key[-17:-5]}" if self.logo_key else ""


class Membership(models.Model):
    """A user in a workspace."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        MEMBER = "member"
        VIEWER = "viewer"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    daily_pictures = models.PositiveIntegerField(null=True, blank=True, help_text="at most; empty: no limit")
    monthly_micros = models.BigIntegerField(null=True, blank=True, help_text="credit at most; empty: no limit")
    modes = ArrayField(models.CharField(max_length=16), default=list, blank=True, help_text="allowed; empty: all")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_a_workspace"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}: {self.role}"


class Invitation(models.Model):
    """A way into a workspace: by a mail to one address, or by a link for whoever has it.

    The token itself is in the mail or the link alone; who finds the row cannot make one of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    email = models.EmailField(blank=True, help_text="whom it was sent to; empty for a link")
    token_hash = models.CharField(max_length=64, unique=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True, help_text="empty: any number")
    uses = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Invitation"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index(fields=["workspace", "-created_at"], name="invitation_newest"),
            models.Index(fields=["email"], condition=~models.Q(email=""), name="invitation_to"),
        )
        constraints = (
            models.CheckConstraint(condition=~models.Q(role=Membership.Role.OWNER), name="nobody_invites_owners"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_email_is_lower_case"),
        )

    def __str__(self) -> str:
        return self.email or "a link"
