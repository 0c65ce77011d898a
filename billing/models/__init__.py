"""Money: the ledger, plans and what grants them, the price list, payments."""

from billing.models.desk import Adjustment, ClosedDay
from billing.models.ledger import Account, Posting, Transaction
from billing.models.payments import (
    DataSharing,
    PromoCode,
    Purchase,
    Redemption,
    StripeEvent,
    TopUp,
)
from billing.models.plans import Customer, EntitlementGrant, Paid, PlanGrant, Subscription
from billing.models.prices import Price
from billing.models.reconciliations import Reconciliation

__all__ = [
    "Account",
    "Adjustment",
    "ClosedDay",
    "Customer",
    "DataSharing",
    "EntitlementGrant",
    "Paid",
    "PlanGrant",
    "Posting",
    "Price",
    "PromoCode",
    "Purchase",
    "Reconciliation",
    "Redemption",
    "StripeEvent",
    "Subscription",
    "TopUp",
    "Transaction",
]
