"""Double-entry money (accounts, transactions and their postings), and the plans that were granted.

Balances are kept by a database trigger as postings arrive, and nothing else may change them; transactions and postings
are append-only, also by trigger (see the migration `triggers`). What the code gets wrong, the database refuses.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django_scopes import ScopedManager


class Account(models.Model):
    """One of a workspace's pots, in micro-dollars.

    `wallet` is what can be spent and `held` what is reserved for running generations: these two never go below zero.
    `promo` is where gifts come from (so it is negative), `revenue` what was earned.
    """

    class Kind(models.TextChoices):
        WALLET = "wallet"
        HELD = "held"
        PROMO = "promo"
        REVENUE = "revenue"

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    balance = models.BigIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["Account"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "kind"], name="billing_one_account_a_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["wallet", "held"]) | models.Q(balance__gte=0),
                name="billing_never_below_zero",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.workspace_id}"


class Transaction(models.Model):
    """One movement of money. Its unique `key` makes every movement happen once, however often it is asked for."""

    class Kind(models.TextChoices):
        GRANT = "grant"
        RESERVE = "reserve"
        CAPTURE = "capture"
        RELEASE = "release"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    hold = models.CharField(max_length=64, blank=True, db_index=True, help_text="what the money is or was held for")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Transaction"]] = ScopedManager(workspace="workspace")

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One side of a transaction: `amount` micro-dollars into (or, negative, out of) an account."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()

    objects: ClassVar[models.Manager["Posting"]] = ScopedManager(workspace="transaction__workspace")

    class Meta:
        constraints = (models.CheckConstraint(condition=~models.Q(amount=0), name="billing_posting_moves_something"),)

    def __str__(self) -> str:
        return f"{self.amount} to {self.account_id}"


class PlanGrant(models.Model):
    """A plan that staff gave to a workspace until `ends_at`. It is never deleted: to take it back, end it earlier."""

    class Plan(models.TextChoices):
        SUPER = "super"
        TEAM = "team"

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=16, choices=Plan.choices)
    reason = models.CharField(max_length=200)
    granted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", editable=False)
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
