"""Billing for staff: the ledger is read and put right by adjustments; plans are granted, prices and codes are made."""

from billing.admin import grants, ledger, payments, read, subscriptions
from billing.admin.read import ReadOnlyAdmin

__all__ = ["ReadOnlyAdmin", "grants", "ledger", "payments", "read", "subscriptions"]
