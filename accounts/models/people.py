"""Users."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

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

    class StaffRole(models.TextChoices):
        SUPPORT = "support", "Support"
        MODERATOR = "moderator", "Moderator"
        FINANCE = "finance", "Finance"
        OPERATOR = "operator", "Operator"

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
    # What staff are there for; empty for nobody of them, and for superusers, who may do everything.
    staff_role = models.CharField(max_length=10, choices=StaffRole.choices, blank=True)
    is_active = models.BooleanField(default=True)
    # Since when, and why, nothing is drawn for the person, in any workspace.
    locked_from_making_at = models.DateTimeField(null=True, blank=True)
    locked_from_making_why = models.CharField(max_length=200, blank=True)
    date_joined = models.DateTimeField(default=timezone.now, db_index=True)
    # Until when staff who look at the studio as this person may see what is private, too; the person says so.
    support_until = models.DateTimeField(null=True, blank=True)

    # Set on the one that stands for a request in which staff look on without that.
    hides_private = False

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta(Erasable.Meta):
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        )
        # Staff find people by any word of their names.
        indexes: ClassVar[Any] = (
            *Erasable.Meta.indexes,
            GinIndex(SearchVector("display_name", config="simple"), name="user_named"),
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
