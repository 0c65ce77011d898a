"""Billing for staff: the ledger is read and put right by adjustments; plans are granted, prices and codes are made."""

from billing.admin import codes, grants, ledger, payments, prices, read, subscriptions
from billing.admin.read import ReadOnlyAdmin

__all__ = ["ReadOnlyAdmin", "codes", "grants", "ledger", "payments", "prices", "read", "subscriptions"]
