"""What comes in by Stripe, and what a workspace has set about its credit."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django_scopes import ScopedManager

from billing.models.plans import Paid, Subscription


class Purchase(models.Model):
    """One try to buy something: a visit to Stripe's checkout, or a top-up that the site made itself."""

    class Kind(models.TextChoices):
        PLAN = "plan"
        CREDIT = "credit"
        TOP_UP = "top_up"

    class Status(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    # Of a plan.
    plan = models.CharField(max_length=16, choices=Paid.choices, blank=True)
    interval = models.CharField(max_length=8, choices=Subscription.Interval.choices, blank=True)
    # Of credit: what was asked for, and what of it went back.
    amount_micros = models.BigIntegerField(default=0)
    returned_micros = models.BigIntegerField(default=0)
    # Null, not empty: of those that have none there are many.
    session_id = models.CharField(max_length=120, null=True, unique=True, help_text="the checkout")  # noqa: DJ001
    session_url = models.TextField(blank=True)
    payment_id = models.CharField(max_length=64, null=True, unique=True, help_text="the payment intent")  # noqa: DJ001
    failure = models.CharField(max_length=200, blank=True, help_text="why it failed, for people")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Purchase"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index(fields=["workspace", "-created_at"], name="billing_purchase_newest"),
            models.Index(fields=["created_at"], condition=models.Q(status="open"), name="billing_purchase_open"),
            # Staff read everybody's.
            models.Index(fields=["-created_at", "-id"], name="billing_purchase_all"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="plan", amount_micros=0)
                | models.Q(~models.Q(kind="plan"), amount_micros__gt=0),
                name="billing_purchase_of_something",
            ),
            models.CheckConstraint(
                condition=models.Q(returned_micros__gte=0, returned_micros__lte=models.F("amount_micros")),
                name="billing_no_more_returned_than_paid",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class TopUp(models.Model):
    """When the balance falls below `threshold`, `amount` is bought with the card on file, at most `monthly_limit`."""

    workspace = models.OneToOneField("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    threshold_micros = models.BigIntegerField()
    amount_micros = models.BigIntegerField()
    monthly_limit_micros = models.BigIntegerField()
    card_id = models.CharField(max_length=64, blank=True, help_text="the payment method; empty: no card is saved")
    card_brand = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    card_made_at = models.DateTimeField(null=True, help_text="at Stripe: no late message brings an older card back")
    is_on = models.BooleanField(default=True)
    failure = models.CharField(max_length=200, blank=True, help_text="why it was turned off, for people")
    set_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["TopUp"]] = ScopedManager(workspace="workspace")

    def __str__(self) -> str:
        return f"top-up of {self.workspace_id}"


class PromoCode(models.Model):
    """A code that gives credit: once a workspace and once a person. Belongs to the site, not to a workspace."""

    code = models.CharField(max_length=40, unique=True)
    amount_micros = models.BigIntegerField()
    credit_days = models.PositiveIntegerField(default=365, help_text="how long the credit lasts")
    max_uses = models.PositiveIntegerField(null=True, blank=True, help_text="empty: any number")
    uses = models.PositiveIntegerField(default=0, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="until when it can be redeemed; empty: always")
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["PromoCode"]] = models.Manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="billing_code_gives_something"),
            models.CheckConstraint(condition=models.Q(code=Upper("code")), name="billing_code_is_upper_case"),
            models.CheckConstraint(
                condition=models.Q(max_uses=None) | models.Q(uses__lte=models.F("max_uses")),
                name="billing_code_not_overused",
            ),
        )

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    """That a workspace, by one of its people, has redeemed a code."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    code = models.ForeignKey(PromoCode, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Redemption"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["code", "workspace"], name="billing_code_once_a_workspace"),
            models.UniqueConstraint(fields=["code", "person"], name="billing_code_once_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.code_id} by {self.workspace_id}"


class DataSharing(models.Model):
    """A time during which a workspace shares what it makes, and is given credit for it. Open without `ended_at`."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    started_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, help_text="when what was shared in it was taken back")

    objects: ClassVar[models.Manager["DataSharing"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name_plural = "data sharing"
        constraints = (
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(ended_at=None), name="billing_shares_once_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"data sharing of {self.workspace_id}"


class StripeEvent(models.Model):
    """A message of Stripe. It says where to look; what is true is then asked of Stripe, so its content is not kept."""

    id = models.CharField(primary_key=True, max_length=64)
    type = models.CharField(max_length=80)
    api_version = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(help_text="at Stripe")
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    objects: ClassVar[models.Manager["StripeEvent"]] = models.Manager()

    class Meta:
        indexes = (
            models.Index(fields=["received_at"], condition=models.Q(handled_at=None), name="billing_event_waiting"),
            models.Index(fields=["-received_at", "-id"], name="billing_event_newest"),
            models.Index(fields=["object_id"], name="billing_event_object"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
