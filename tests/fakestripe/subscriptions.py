"""Subscriptions: begun, renewed, unpaid, ended."""

from collections.abc import Iterable
from typing import Any

import stripe

from tests.fakestripe import catalog, clock, customers, invoices, methods, periods
from tests.fakestripe.api import Call, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import DAY, Store, new_id, page
from tests.fakestripe.wire import Params, Refused

OVER = {"canceled", "incomplete_expired"}
FIRST_PAYMENT_WITHIN = 23 * 3600
BEHAVIOURS = ("allow_incomplete", "default_incomplete", "error_if_incomplete")
PRORATIONS = ("create_prorations", "always_invoice", "none")


# --- items ------------------------------------------------------------------------------------------------------------


def item(store: Store, subscription: str, price: Obj, quantity: int, start: int, end: int, **more: Any) -> Obj:
    if not price["recurring"]:
        raise Refused(f"The price {price['id']} is of type one_time: a subscription needs a recurring one.")
    plan = shape(
        stripe.Plan, id=price["id"], object="plan", active=price["active"], amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"], billing_scheme="per_unit", created=price["created"],
        currency=price["currency"], interval=price["recurring"]["interval"],
        interval_count=price["recurring"]["interval_count"], livemode=False, metadata=price["metadata"],
        nickname=price["nickname"], product=price["product"], usage_type="licensed",
    )  # fmt: skip
    common: Obj = {"id": new_id("si"), "created": store.now(), "metadata": {}}
    return shape(
        stripe.SubscriptionItem, object="subscription_item", billed_until=end, current_period_start=start,
        current_period_end=end, discounts=[], plan=plan, price=price, quantity=quantity, subscription=subscription,
        tax_rates=[], **common | more,
    )  # fmt: skip


def items(one: Obj) -> list[Obj]:
    return list(one["items"]["data"])


def amount(one: Obj) -> int:
    return int(one["price"]["unit_amount"] * one["quantity"])


def period_end(one: Obj) -> int:
    return int(items(one)[0]["current_period_end"])


def lines_of(store: Store, one: Obj) -> list[Obj]:
    """A line an item, for its current period."""
    return [
        invoices.line(
            store, entry["price"], entry["quantity"], amount(entry), entry["current_period_start"],
            entry["current_period_end"], subscription=one["id"], item=entry["id"],
        )
        for entry in items(one)
    ]  # fmt: skip


# --- begun ------------------------------------------------------------------------------------------------------------


def begin(
    store: Store, customer: Obj, wanted: list[tuple[Obj, int]], *, method: Obj | None = None, metadata: Obj | None = None,
    trial_end: int | None = None, behaviour: str = "allow_incomplete", off_session: bool = False, proved: bool = False,
    trial_without_card: str = "create_invoice", **more: Any,
) -> Obj:  # fmt: skip
    """A subscription with its first invoice, paid at once where the card pays."""
    now, ident = store.now(), new_id("sub")
    recurring = wanted[0][0]["recurring"]
    anchor = trial_end or now
    until = trial_end or (periods.end(now, recurring, now) if recurring else now)
    entries = [item(store, ident, price, quantity, now, until) for price, quantity in wanted]
    if len({(entry["plan"]["interval"], entry["plan"]["interval_count"], entry["plan"]["currency"]) for entry in entries}) > 1:  # fmt: skip
        raise Refused("All prices of a subscription must have one interval and one currency.", param="items")
    ending = shape(stripe.Subscription.TrialSettings.EndBehavior, missing_payment_method=trial_without_card)
    made = store.create(
        "subscription", id=ident, automatic_tax=shape(stripe.Subscription.AutomaticTax, enabled=False),
        billing_cycle_anchor=anchor, billing_mode=shape(stripe.Subscription.BillingMode, type="flexible"),
        billing_schedules=[], cancel_at_period_end=False, collection_method="charge_automatically",
        currency=entries[0]["price"]["currency"], customer=customer["id"], default_tax_rates=[], discounts=[],
        default_payment_method=method and method["id"],
        invoice_settings=shape(stripe.Subscription.InvoiceSettings,
                               issuer=shape(stripe.Subscription.InvoiceSettings.Issuer, type="self")),
        items=page(entries, f"/v1/subscription_items?subscription={ident}"), metadata=metadata or {},
        payment_settings=shape(stripe.Subscription.PaymentSettings, save_default_payment_method="off"),
        start_date=now, status="trialing" if trial_end else "incomplete", trial_end=trial_end,
        trial_settings={"end_behavior": ending}, trial_start=now if trial_end else None, **more,
    )  # fmt: skip
    lines = lines_of(store, made)
    if trial_end:
        lines = [line | {"amount": 0, "subtotal": 0} for line in lines]
    invoice = invoices.draw_up(store, customer, lines, reason="subscription_create", subscription=made)
    made["latest_invoice"] = invoice["id"]
    invoices.finalize(store, invoice)
    if not invoice["amount_remaining"]:
        made["status"] = "trialing" if trial_end else "active"
    store.emit("customer.subscription.created", made)
    if behaviour != "default_incomplete" or not invoice["amount_remaining"]:
        invoices.collect(store, invoice, method, off_session=off_session, proved=proved)
    return made


def paid(store: Store, invoice: Obj) -> None:
    """A paid invoice makes its subscription active, unless an older one is still open."""
    one = store.objects["subscription"].get(invoices.subscription_id(invoice) or "")
    if not one or one["status"] not in {"incomplete", "past_due", "unpaid"}:
        return
    if one["latest_invoice"] == invoice["id"]:
        store.change(one, "customer.subscription.updated", status="active")


invoices.AFTER_PAID.append(paid)


@route(
    "POST",
    "/v1/subscriptions",
    "customer items metadata default_payment_method payment_behavior off_session trial_end trial_period_days \
    trial_settings description proration_behavior collection_method payment_settings cancel_at_period_end currency \
    automatic_tax",
)
def create(call: Call) -> Obj:
    store, params = call.store, call.params
    customer = customers.there(store, params.need("customer"), "customer")
    wanted = [(catalog.inline(store, one), one.number("quantity", 1) or 0) for one in params.many("items")]
    if not wanted:
        raise Refused("Missing required param: items.", code="parameter_missing", param="items")
    method = _method(store, params, customer)
    behaviour = params.one_of("payment_behavior", BEHAVIOURS, "allow_incomplete")
    trial = trial_end_of(store, params)
    if not (method or trial) and behaviour != "default_incomplete" and any(price["unit_amount"] for price, _ in wanted):
        raise Refused("This customer has no attached payment source or default payment method.",
                      code="resource_missing")  # fmt: skip
    if behaviour == "error_if_incomplete" and method and not trial:
        _refuse_unpaid(method, off_session=params.flag("off_session"))
    return begin(
        store, customer, wanted, method=method if "default_payment_method" in params else None,
        metadata=params.metadata(), trial_end=trial, behaviour=behaviour, off_session=params.flag("off_session"),
        cancel_at_period_end=params.flag("cancel_at_period_end"), **params.given("description"),
        trial_without_card=trial_without_card(params),
    )  # fmt: skip


def trial_without_card(params: Params) -> str:
    ending = params.sub("trial_settings").sub("end_behavior")
    return ending.one_of("missing_payment_method", ("cancel", "create_invoice"), "create_invoice")


def trial_end_of(store: Store, params: Params) -> int | None:
    if days := params.number("trial_period_days", low=1, high=730):
        return store.now() + days * DAY
    if params.text("trial_end") in {None, "now"}:
        return None
    end = params.number("trial_end") or 0
    if end <= store.now():
        raise Refused("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
    return end


def _method(store: Store, params: Params, customer: Obj) -> Obj | None:
    ident = params.text("default_payment_method")
    if not ident:
        return methods.default_of(store, customer)
    found = store.get("payment_method", ident, "default_payment_method")
    if found["customer"] != customer["id"]:
        raise Refused(f"The customer does not have a payment method with the ID {ident}.", code="resource_missing",
                      param="default_payment_method")  # fmt: skip
    return found


def _refuse_unpaid(method: Obj, *, off_session: bool) -> None:
    from tests.fakestripe import payments

    if why := payments.verdict(method, off_session=off_session, proved=False):
        raise methods.declined(why.replace("ask", "authentication_required"), method)


# --- what time does ---------------------------------------------------------------------------------------------------


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
    if trial_over and not methods.default_of(store, customer, one):
        if one["trial_settings"]["end_behavior"]["missing_payment_method"] == "cancel":
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
    if invoices.collect(store, invoice):
        _past_due(store, one, invoice)
    return invoice


def _past_due(store: Store, one: Obj, invoice: Obj) -> None:
    if not invoice["next_payment_attempt"]:
        invoice["next_payment_attempt"] = store.now() + invoices.RETRIES[0]
    store.change(one, "customer.subscription.updated", status="past_due")


def _retry(store: Store, invoice: Obj) -> None:
    invoice["next_payment_attempt"] = None
    one = store.objects["subscription"].get(invoices.subscription_id(invoice) or "")
    if not invoices.collect(store, invoice) or invoice["next_payment_attempt"] or not one or one["status"] in OVER:
        return
    if store.after_dunning == "unpaid":
        store.change(one, "customer.subscription.updated", status="unpaid")
        return
    end(store, one, reason="payment_failed")


# --- ended ------------------------------------------------------------------------------------------------------------


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


retrieved("/v1/subscriptions", "subscription")
listed(
    "/v1/subscriptions",
    "subscription",
    "customer",
    price=lambda one, ident: any(entry["price"]["id"] == ident for entry in items(one)),
    status=lambda one, status: status in {"all", one["status"]} or (status == "ended" and one["status"] in OVER),
)
