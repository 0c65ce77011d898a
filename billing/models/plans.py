"""What gives a workspace its plan: its subscription, and what staff grant."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django_scopes import ScopedManager


class Paid(models.TextChoices):
    """The plans that are not free."""

    SUPER = "super", "Super"
    TEAM = "team", "Team"


class Customer(models.Model):
    """The workspace as Stripe knows it."""

    workspace = models.OneToOneField("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    stripe_id = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Customer"]] = ScopedManager(workspace="workspace")

    def __str__(self) -> str:
        return self.stripe_id


class Subscription(models.Model):
    """A subscription as Stripe last told it: never changed by hand, always read anew (services/subscriptions.py)."""

    class Status(models.TextChoices):
        INCOMPLETE = "incomplete"
        INCOMPLETE_EXPIRED = "incomplete_expired"
        TRIALING = "trialing"
        ACTIVE = "active"
        PAST_DUE = "past_due"
        UNPAID = "unpaid"
        CANCELED = "canceled"
        PAUSED = "paused"

    class Interval(models.TextChoices):
        MONTH = "month"
        YEAR = "year"

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    stripe_id = models.CharField(max_length=64, unique=True)
    plan = models.CharField(max_length=16, choices=Paid.choices)
    interval = models.CharField(max_length=8, choices=Interval.choices)
    seats = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=20, choices=Status.choices)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    cancel_at = models.DateTimeField(null=True, blank=True, help_text="when it ends, where that is decided")
    ended_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True, help_text="the grace runs from here")
    told_past_due_at = models.DateTimeField(null=True, blank=True, help_text="when owners were last written to")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(help_text="when Stripe was last asked")

    objects: ClassVar[models.Manager["Subscription"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["workspace", "status"], name="billing_subscription_of"),)

    def __str__(self) -> str:
        return f"{self.plan} {self.stripe_id}"


class PlanGrant(models.Model):
    """A plan that staff gave to a workspace until `ends_at`. It is never deleted: to take it back, end it earlier."""

    Plan = Paid

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=16, choices=Paid.choices)
    reason = models.CharField(max_length=200)
    granted_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField()

    objects: ClassVar[models.Manager["PlanGrant"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["workspace", "ends_at"], name="billing_plan_of_workspace"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("created_at")), name="billing_grant_ends_after_it_began"
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan} for {self.workspace_id}"


class EntitlementGrant(models.Model):
    """One thing beyond the plan that staff gave to a workspace until `ends_at`. Never deleted, as plans are not."""

    class Name(models.TextChoices):
        PRO = "pro", "Pro pictures"
        VIDEO = "video", "Video"
        SPEED_A_DAY = "speed_a_day", "Speed pictures a day"
        QUALITY_A_DAY = "quality_a_day", "Quality pictures a day"
        PRO_A_DAY = "pro_a_day", "Pro pictures a day"
        RUNNING = "running", "Generations drawn at once"
        QUEUED = "queued", "Generations open at once"
        WEIGHT = "weight", "Share of a busy site"
        STORAGE = "storage", "Storage in GB"
        MEMBERS = "members", "Members"
        ADAPTERS = "adapters", "Adapters"

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=20, choices=Name.choices)
    amount = models.PositiveIntegerField(default=1, help_text="the new value, where it is better than the plan's")
    reason = models.CharField(max_length=200)
    granted_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField()

    objects: ClassVar[models.Manager["EntitlementGrant"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["workspace", "ends_at"], name="billing_entitlement_of"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("created_at")), name="billing_entitlement_ends_after_it_began"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} for {self.workspace_id}"
