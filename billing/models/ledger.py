"""Double-entry money: accounts, transactions and their postings.

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

    `wallet` is what was paid for and can be spent, `held` what is reserved for running generations, and each `gift` one
    gift of promotional credit, with the day it ends: these never go below zero. `promo` is where gifts come from (so it
    is negative), `cash` where payments come from, `revenue` what was earned, `losses` what was taken back by a bank
    after it had been spent.
    """

    class Kind(models.TextChoices):
        WALLET = "wallet"
        GIFT = "gift"
        HELD = "held"
        PROMO = "promo"
        CASH = "cash"
        REVENUE = "revenue"
        LOSSES = "losses"

    class Source(models.TextChoices):
        WELCOME = "welcome", "Welcome gift"
        SHARING = "sharing", "Data sharing"
        CODE = "code", "Promo code"
        STAFF = "staff", "From the people who run this site"

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    source = models.CharField(max_length=16, choices=Source.choices, blank=True, help_text="of a gift")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="when a gift ends; empty: never")
    balance = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # The running proof: the postings up to this one add up to this much.
    proved_posting = models.BigIntegerField(default=0, editable=False)
    proved_sum = models.BigIntegerField(default=0, editable=False)
    proved_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager["Account"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "kind"], condition=~models.Q(kind="gift"), name="billing_one_account_a_kind"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(source="welcome"), name="billing_one_welcome_a_workspace"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["wallet", "held", "gift"]) | models.Q(balance__gte=0),
                name="billing_never_below_zero",
            ),
            models.CheckConstraint(
                condition=models.Q(models.Q(kind="gift"), ~models.Q(source=""))
                | models.Q(~models.Q(kind="gift"), models.Q(source="", expires_at=None)),
                name="billing_gifts_have_a_source",
            ),
        )
        indexes = (
            models.Index(
                fields=["expires_at"], condition=models.Q(kind="gift", balance__gt=0), name="billing_gift_ending"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.workspace_id}"


class Transaction(models.Model):  # type: ignore[django-manager-missing]  # `postings`: a manager made at run time
    """One movement of money. Its unique `key` makes every movement happen once, however often it is asked for."""

    class Kind(models.TextChoices):
        GRANT = "grant", "Gift"
        PURCHASE = "purchase", "Credit bought"
        RESERVE = "reserve", "Reserved"
        CAPTURE = "capture", "Delivered"
        RELEASE = "release", "Given back"
        REFUND = "refund", "Refund of a picture"
        RETURN = "return", "Paid back"
        DISPUTE = "dispute", "Taken back by the bank"
        REINSTATE = "reinstate", "Dispute won"
        ADJUST = "adjust", "Adjustment"
        EXPIRE = "expire", "Gift ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    hold = models.CharField(max_length=64, blank=True, db_index=True, help_text="what the money is or was held for")
    reason = models.CharField(max_length=200, blank=True, help_text="as the workspace reads it")
    reference = models.CharField(max_length=120, blank=True, help_text="the payment at Stripe")
    made_by = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        help_text="the member of staff, where one moved it",
    )
    credit_micros = models.BigIntegerField(
        default=0, editable=False, help_text="what the workspace has more by it, held or not; the database compares"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Transaction"]] = ScopedManager(workspace="workspace")

    class Meta:
        # Statements add up from the index alone.
        indexes = (
            models.Index(
                fields=["workspace", "-created_at", "-id"], include=["kind", "credit_micros"], name="billing_newest"
            ),
            # Staff read everybody's, and what a day adds up to.
            models.Index(fields=["-created_at", "-id"], include=["kind", "credit_micros"], name="billing_all"),
            # The two ways in which staff look for some of everybody's.
            models.Index(fields=["kind", "-created_at", "-id"], name="billing_of_kind"),
            models.Index(fields=["-created_at", "-id"], condition=~models.Q(reason=""), name="billing_with_reason"),
        )

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One side of a transaction: `amount` micro-dollars into (or, negative, out of) an account."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = models.BigIntegerField()

    objects: ClassVar[models.Manager["Posting"]] = ScopedManager(workspace="transaction__workspace")

    class Meta:
        constraints = (models.CheckConstraint(condition=~models.Q(amount=0), name="billing_posting_moves_something"),)
        # What the running proof reads.
        indexes = (models.Index(fields=["account", "id"], include=["amount"], name="billing_posting_of_account"),)

    def __str__(self) -> str:
        return f"{self.amount} to {self.account_id}"
