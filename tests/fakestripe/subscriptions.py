"""Subscriptions: begun with a first invoice, and read."""

from typing import Any

import stripe

from tests.fakestripe import catalog, customers, invoices, methods, payments, periods
from tests.fakestripe.api import Call, listed, retrieved, route
from tests.fakestripe.items import interval, item, items, lines_of
from tests.fakestripe.lifecycle import OVER
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import DAY, Store, new_id, page
from tests.fakestripe.wire import Params, Refused

BEHAVIOURS = ("allow_incomplete", "default_incomplete", "error_if_incomplete")


def begin(
    store: Store,
    customer: Obj,
    wanted: list[tuple[Obj, int]],
    *,
    method: Obj | None = None,
    behaviour: str = "allow_incomplete",
    trial_end: int | None = None,
    off_session: bool = False,
    proved: bool = False,
    **more: Any,
) -> Obj:
    """A subscription with its first invoice, paid at once where the card pays."""
    made = _made(store, customer, wanted, method, trial_end, more)
    lines = lines_of(store, made)
    if trial_end:
        lines = [line | {"amount": 0, "subtotal": 0} for line in lines]
    invoice = invoices.draw_up(store, customer, lines, reason="subscription_create", subscription=made)
    made["latest_invoice"] = invoice["id"]
    invoices.finalize(store, invoice)
    if not invoice["amount_remaining"] and not trial_end:
        made["status"] = "active"
    store.emit("customer.subscription.created", made)
    if behaviour != "default_incomplete" or not invoice["amount_remaining"]:
        invoices.collect(store, invoice, method, off_session=off_session, proved=proved)
    return made


def _made(
    store: Store, customer: Obj, wanted: list[tuple[Obj, int]], method: Obj | None, trial_end: int | None, more: Obj
) -> Obj:
    now, ident = store.now(), new_id("sub")
    recurring = wanted[0][0]["recurring"]
    until = trial_end or (periods.end(now, recurring, now) if recurring else now)
    entries = [item(store, ident, price, quantity, now, until) for price, quantity in wanted]
    if len({(*interval(entry), entry["plan"]["currency"]) for entry in entries}) > 1:
        raise Refused("All prices of a subscription must have one interval and one currency.", param="items")
    ending = shape(
        stripe.Subscription.TrialSettings.EndBehavior,
        missing_payment_method=more.pop("trial_without_card", "create_invoice"),
    )
    issuer = shape(stripe.Subscription.InvoiceSettings.Issuer, type="self")
    common: Obj = {"cancel_at_period_end": False, "metadata": {}}
    return store.create(
        "subscription",
        id=ident,
        automatic_tax=shape(stripe.Subscription.AutomaticTax, enabled=False),
        billing_cycle_anchor=trial_end or now,
        billing_mode=shape(stripe.Subscription.BillingMode, type="flexible"),
        billing_schedules=[],
        collection_method="charge_automatically",
        currency=entries[0]["price"]["currency"],
        customer=customer["id"],
        default_payment_method=method and method["id"],
        default_tax_rates=[],
        discounts=[],
        invoice_settings=shape(stripe.Subscription.InvoiceSettings, issuer=issuer),
        items=page(entries, f"/v1/subscription_items?subscription={ident}"),
        payment_settings=shape(stripe.Subscription.PaymentSettings, save_default_payment_method="off"),
        start_date=now,
        status="trialing" if trial_end else "incomplete",
        trial_end=trial_end,
        trial_settings={"end_behavior": ending},
        trial_start=now if trial_end else None,
        **common | more,
    )


@route(
    "POST",
    "/v1/subscriptions",
    "customer items metadata default_payment_method payment_behavior off_session trial_end trial_period_days \
    trial_settings description cancel_at_period_end",
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
    if why := payments.verdict(method, off_session=off_session, proved=False):
        raise methods.declined(why.replace("ask", "authentication_required"), method)


retrieved("/v1/subscriptions", "subscription")
listed(
    "/v1/subscriptions",
    "subscription",
    "customer",
    lambda params, one: one["status"] == "canceled" and "status" not in params,
    price=lambda one, ident: any(entry["price"]["id"] == ident for entry in items(one)),
    status=lambda one, status: status in {"all", one["status"]} or (status == "ended" and one["status"] in OVER),
)
