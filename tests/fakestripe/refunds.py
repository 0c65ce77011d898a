"""Money that goes back: refunds, and disputes as a bank opens them."""

from typing import Any

import stripe

from tests.fakestripe.api import LAZY, Call, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import DAY, Store, page
from tests.fakestripe.wire import Refused

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def charge_of(store: Store, ident: str) -> Obj:
    """The charge that took the money of an intent."""
    one = store.get("payment_intent", ident, "payment_intent")
    charge = store.objects["charge"].get(one["latest_charge"] or "")
    if not charge or not charge["paid"]:
        raise Refused(f"This PaymentIntent ({ident}) does not have a successful charge to refund.",
                      code="payment_intent_unexpected_state", param="payment_intent")  # fmt: skip
    return charge


def give_back(store: Store, charge: Obj, amount: int | None = None, **more: Any) -> Obj:
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"] and not charge.get("_won"):
        raise Refused(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    amount = left if amount is None else amount
    if amount > left:
        raise Refused(f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge "
                      f"(${left / 100:.2f})", param="amount")  # fmt: skip
    made = store.create(
        "refund", amount=amount, charge=charge["id"], currency=charge["currency"], customer=charge["customer"],
        payment_intent=charge["payment_intent"], payment_method=charge["payment_method"], status="succeeded",
        **{"metadata": {}, "reason": None} | more,
    )  # fmt: skip
    back = charge["amount_refunded"] + amount
    store.change(charge, "charge.refunded", amount_refunded=back, refunded=back == charge["amount"])
    store.emit("refund.created", made)
    return made


def fail(store: Store, one: Obj) -> Obj:
    """The payer's bank would not take it: the money is back with the seller."""
    if one["status"] != "succeeded":
        raise Refused(f"This refund is {one['status']}.")
    charge = store.get("charge", one["charge"])
    store.change(charge, amount_refunded=charge["amount_refunded"] - one["amount"], refunded=False)
    store.change(one, "refund.updated", status="failed", failure_reason="lost_or_stolen_card")
    store.emit("refund.failed", one)
    return one


@route("POST", "/v1/refunds", "amount charge payment_intent reason metadata")
def create(call: Call) -> Obj:
    store, params = call.store, call.params
    if ident := params.text("payment_intent"):
        charge = charge_of(store, ident)
    else:
        charge = store.get("charge", params.need("charge"), "charge")
    reason = params.one_of("reason", REASONS) if params.text("reason") else None
    amount = params.amount("amount") if "amount" in params else None
    return give_back(store, charge, amount, metadata=params.metadata(), reason=reason)


@route("POST", "/v1/refunds/{id}", "metadata")
def update(call: Call) -> Obj:
    one = call.store.get("refund", call.id)
    return call.store.change(one, "refund.updated", metadata=call.params.metadata(one["metadata"]))


def _of_charge(store: Store, charge: Obj) -> Obj:
    found = list(store.all("refund", charge=charge["id"]))[::-1]
    return page(found, f"/v1/charges/{charge['id']}/refunds")


LAZY["charge", "refunds"] = _of_charge
retrieved("/v1/refunds", "refund")
listed("/v1/refunds", "refund", "charge payment_intent")


# --- disputes ---------------------------------------------------------------------------------------------------------


def dispute(store: Store, charge: Obj, *, amount: int | None = None, reason: str = "fraudulent") -> Obj:
    """The payer's bank takes the money back at once, until it is decided."""
    if charge["disputed"]:
        raise Refused(f"Charge {charge['id']} is disputed already.")
    made = store.create(
        "dispute",
        amount=amount or charge["amount"] - charge["amount_refunded"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=shape(stripe.Dispute.Evidence, enhanced_evidence={}),
        evidence_details=shape(
            stripe.Dispute.EvidenceDetails, due_by=store.now() + 7 * DAY, enhanced_eligibility={},
            has_evidence=False, past_due=False, submission_count=0, submission_method="manual",
        ),
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )  # fmt: skip
    store.change(charge, "charge.updated", disputed=True)
    store.emit("charge.dispute.created", made)
    store.emit("charge.dispute.funds_withdrawn", made)
    return made


def close(store: Store, one: Obj, *, won: bool) -> Obj:
    if one["status"] in {"won", "lost"}:
        raise Refused(f"This dispute is {one['status']} already.")
    store.get("charge", one["charge"])["_won"] = won
    store.change(one, "charge.dispute.closed", status="won" if won else "lost")
    if won:
        store.emit("charge.dispute.funds_reinstated", one)
    return one


@route("POST", "/v1/disputes/{id}/close")
def give_up(call: Call) -> Obj:
    return close(call.store, call.store.get("dispute", call.id), won=False)


@route("POST", "/v1/disputes/{id}", "metadata submit evidence")
def update_dispute(call: Call) -> Obj:
    one = call.store.get("dispute", call.id)
    status = "under_review" if call.params.flag("submit", "evidence" in call.params) else one["status"]
    return call.store.change(one, "charge.dispute.updated", status=status,
                             metadata=call.params.metadata(one["metadata"]))  # fmt: skip


retrieved("/v1/disputes", "dispute")
listed("/v1/disputes", "dispute", "charge payment_intent")
