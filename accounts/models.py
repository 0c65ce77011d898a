"""Who uses Aurora. Everything but users and workspaces themselves belongs to exactly one workspace."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django_scopes import ScopedManager

from accounts import scopes
from accounts.erasable import Erasable


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """For people whom staff and commands add. Raises ValueError where the address has an account already."""
        if self.filter(email=email.lower()).exists():
            raise ValueError(f"{email} has an account already.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account that has proved the address, else the oldest that claims it. Raises User.DoesNotExist."""
        claiming = self.filter(email=(username or "").lower()).order_by("date_joined")
        proved = claiming.filter(emailaddress__email=models.F("email"), emailaddress__verified=True)
        user = proved.first() or claiming.first()
        if user is None:
            raise self.model.DoesNotExist
        return user


class User(Erasable, AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the name to log in with, kept in lower case.

    An address that nobody has proved to be theirs may be claimed by several accounts: were the second one refused, a
    sign-up would tell who is here. Whoever proves it has it alone (allauth's EmailAddress). So it is never a reason to
    trust somebody: ask `has_proved` for that.
    """

    class Locale(models.TextChoices):
        ENGLISH = "en", "English"
        KOREAN = "ko", "한국어"

    class Theme(models.TextChoices):
        DARK = "dark", "Dark"
        LIGHT = "light", "Light"
        SYSTEM = "system", "System"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(db_index=True)
    display_name = models.CharField(max_length=80, blank=True)
    locale = models.CharField(max_length=5, choices=Locale.choices, default=Locale.ENGLISH)
    # Empty: times as the browser tells them.
    time_zone = models.CharField(max_length=64, blank=True)
    # Empty: whatever this browser was told.
    theme = models.CharField(max_length=6, choices=Theme.choices, blank=True)
    avatar = models.CharField(max_length=120, blank=True, help_text="Key in the storage.")
    # Since when each was agreed to; null is no.
    product_mail_since = models.DateTimeField(null=True, blank=True)
    feedback_use_since = models.DateTimeField(null=True, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta(Erasable.Meta):
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        )

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        # Before the constraints are validated: in a form any case is fine.
        super().clean()
        self.email = self.email.lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.display_name or self.email

    def get_short_name(self) -> str:
        return self.display_name or self.email.partition("@")[0]

    def has_proved(self, email: str) -> bool:
        """Whether the address is the user's own, by a link that was mailed to it."""
        return self.emailaddress_set.filter(email=email.lower(), verified=True).exists()

    @property
    def avatar_url(self) -> str:
        """Where the avatar is shown to the user and those who share a workspace with them; empty without one."""
        name = self.avatar.rpartition("/")[2]
        return reverse("accounts:avatar", args=[self.pk, name]) if name else ""


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


class ApiKey(models.Model):
    """A key of the public API. The secret itself is shown once and never stored.

    After a rotation the secret before the last one opens too, until `previous_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    key_id = models.CharField(max_length=8, unique=True)
    secret_hash = models.CharField(max_length=128)
    previous_hash = models.CharField(max_length=128, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), default=scopes.every)
    monthly_cap_micros = models.BigIntegerField(
        null=True, blank=True, help_text="micro-dollars a calendar month (UTC); none: as much as the workspace has"
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ApiKey"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["workspace", "-created_at"], name="api_key_newest"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(monthly_cap_micros__gt=0), name="api_key_cap_is_above_zero"),
            models.CheckConstraint(
                condition=models.Q(previous_hash="", previous_until=None)
                | (~models.Q(previous_hash="") & models.Q(previous_until__isnull=False)),
                name="api_key_previous_secret_ends",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"

    @property
    def prefix(self) -> str:
        """What of the key may be shown: enough to tell it from others."""
        return f"aur_live_{self.key_id}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class AuditEntry(models.Model):
    """Who did what to what, from where. Append-only: the database refuses changes and deletions."""

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    actor = models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["AuditEntry"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = (
            models.Index(fields=["workspace", "-created_at", "-id"], name="audit_newest"),
            models.Index(fields=["actor", "-created_at"], name="audit_of_actor"),
            models.Index(KT("detail__about"), condition=models.Q(workspace=None), name="audit_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


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


class Export(models.Model):
    """Everything of a workspace, or of a person alone, as one zip made in the background. This row is the truth.

    `attempt` is the fencing token: it goes up with every claim, and what a worker writes later carries the one it got.
    Each attempt writes a file of its own.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(User, models.CASCADE, related_name="+", help_text="who asked, and alone may fetch it")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0, help_text="rows and files written so far")
    total = models.PositiveIntegerField(default=0)
    byte_size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Export"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index(
                fields=["created_at"], condition=models.Q(status__in=["queued", "running"]), name="export_open"
            ),
            models.Index(fields=["expires_at"], condition=models.Q(status="ready"), name="export_ready"),
        )
        # One at a time; NULLs are distinct, so the two cases need a constraint each.
        constraints = (
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(status__in=["queued", "running"], workspace=None),
                name="export_one_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["workspace", "person"],
                condition=models.Q(status__in=["queued", "running"]),
                name="export_one_of_a_workspace",
            ),
        )

    def __str__(self) -> str:
        return f"export {self.id}"

    @property
    def is_open(self) -> bool:
        """It is still to be made."""
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def storage_key(self) -> str:
        return self.key_of(self.attempt)

    def key_of(self, attempt: int) -> str:
        return f"exports/{self.id}/{attempt}.zip"
