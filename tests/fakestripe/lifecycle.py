"""What time does to a subscription: renewed, unpaid, tried again, ended."""

from collections.abc import Iterable
from typing import Any

import stripe

from tests.fakestripe import clock, invoices, methods, periods
from tests.fakestripe.items import lines_of, period_end
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import DAY, Store

OVER = {"canceled", "incomplete_expired"}
FIRST_PAYMENT_WITHIN = 23 * 3600


@clock.due
def becomes_due(store: Store) -> Iterable[clock.Due]:
    for one in store.all("subscription"):
        status = one["status"]
        if status in OVER:
            continue
        if status == "incomplete":
            yield one["created"] + FIRST_PAYMENT_WITHIN, lambda one=one: _never_paid(store, one)  # type: ignore[misc]
            continue
        if one["cancel_at"] and not one["cancel_at_period_end"]:
            yield one["cancel_at"], lambda one=one: end(store, one, reason="cancellation_requested")  # type: ignore[misc]
        if status == "trialing" and not one.get("_told"):
            yield max(one["trial_end"] - 3 * DAY, one["created"]), lambda one=one: _tell(store, one)  # type: ignore[misc]
        yield period_end(one), lambda one=one: renew(store, one)  # type: ignore[misc]


@clock.due
def tries_again(store: Store) -> Iterable[clock.Due]:
    for invoice in store.all("invoice", status="open"):
        if invoice["next_payment_attempt"]:
            yield invoice["next_payment_attempt"], lambda invoice=invoice: _retry(store, invoice)  # type: ignore[misc]


def _tell(store: Store, one: Obj) -> None:
    one["_told"] = True
    store.emit("customer.subscription.trial_will_end", one)


def _never_paid(store: Store, one: Obj) -> None:
    invoice = store.get("invoice", one["latest_invoice"])
    if invoice["status"] == "open":
        invoices.void(store, invoice)
    store.change(one, "customer.subscription.updated", status="incomplete_expired", ended_at=store.now())


def renew(store: Store, one: Obj) -> None:
    """The period is over: the next one begins and is paid for, or it was the last."""
    if one["cancel_at_period_end"]:
        end(store, one, reason="cancellation_requested")
        return
    customer = store.get("customer", one["customer"])
    trial_over = one["status"] == "trialing"
    without_card = one["trial_settings"]["end_behavior"]["missing_payment_method"]
    if trial_over and without_card == "cancel" and not methods.default_of(store, customer, one):
        end(store, one, reason="payment_failed")
        return
    roll(store, one, one["items"], start=period_end(one), status="active" if trial_over else one["status"])
    charge(store, one, reason="subscription_cycle")


def roll(store: Store, one: Obj, old: Obj, *, start: int, **more: Any) -> None:
    """Begin the period at `start`, with these items."""
    entries = [
        entry | {"current_period_start": start, "current_period_end": until, "billed_until": until}
        for entry in old["data"]
        for until in [periods.end(one["billing_cycle_anchor"], entry["price"]["recurring"], start)]
    ]
    store.change(one, "customer.subscription.updated", items=old | {"data": entries}, **more)


def charge(store: Store, one: Obj, *, reason: str, lines: list[Obj] | None = None) -> Obj:
    """An invoice of these lines, or of the current period, with all that waited for the next one; paid if it can be."""
    customer = store.get("customer", one["customer"])
    lines = [*invoices.take_pending(store, customer), *(lines_of(store, one) if lines is None else lines)]
    invoice = invoices.draw_up(store, customer, lines, reason=reason, subscription=one)
    one["latest_invoice"] = invoice["id"]
    if one["status"] == "unpaid":
        # It stays a draft: nobody tries to have it paid.
        invoice["auto_advance"] = False
        return invoice
    invoices.finalize(store, invoice)
    if invoices.collect(store, invoice, by_itself=True):
        store.change(one, "customer.subscription.updated", status="past_due")
    return invoice


def _retry(store: Store, invoice: Obj) -> None:
    invoice["next_payment_attempt"] = None
    failed = invoices.collect(store, invoice, by_itself=True)
    one = store.objects["subscription"].get(invoices.subscription_id(invoice) or "")
    if not failed or invoice["next_payment_attempt"] or not one or one["status"] in OVER:
        return
    if store.after_dunning == "unpaid":
        store.change(one, "customer.subscription.updated", status="unpaid")
        return
    end(store, one, reason="payment_failed")


def paid(store: Store, invoice: Obj) -> None:
    """A paid invoice makes its subscription active, unless an older one is still open."""
    one = store.objects["subscription"].get(invoices.subscription_id(invoice) or "")
    if not one or one["status"] not in {"incomplete", "past_due", "unpaid"}:
        return
    if one["latest_invoice"] == invoice["id"]:
        store.change(one, "customer.subscription.updated", status="active")


invoices.AFTER_PAID.append(paid)


def end(store: Store, one: Obj, *, reason: str, **details: Any) -> Obj:
    now = store.now()
    said = shape(stripe.Subscription.CancellationDetails, reason=reason, **details)
    one.update(
        status="canceled", canceled_at=one["canceled_at"] or now, ended_at=now, cancellation_details=said,
        cancel_at=one["cancel_at"],
    )  # fmt: skip
    store.emit("customer.subscription.deleted", one)
    for invoice in store.all("invoice", customer=one["customer"], status="open"):
        if invoices.subscription_id(invoice) == one["id"]:
            # What is owed stays owed, but nobody tries to have it paid any more.
            invoice.update(next_payment_attempt=None, auto_advance=False)
    return one
