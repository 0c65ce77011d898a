"""What is changed in a subscription: seats, price, interval, its end; and what of that is paid or given back."""

import stripe

from tests.fakestripe import catalog, invoices, methods, payments, periods
from tests.fakestripe.api import Call, cut, route
from tests.fakestripe.items import amount, interval, item, items, lines_of, period_end
from tests.fakestripe.lifecycle import OVER, charge, end, roll
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store
from tests.fakestripe.subscriptions import BEHAVIOURS, trial_end_of
from tests.fakestripe.wire import Params, Refused, missing

PRORATIONS = ("create_prorations", "always_invoice", "none")
KNOWN = "items metadata cancel_at_period_end cancel_at proration_behavior payment_behavior default_payment_method \
    trial_end description cancellation_details off_session"


def _open(one: Obj) -> Obj:
    if one["status"] in OVER:
        raise Refused(f"A {one['status']} subscription can only update its cancellation_details and metadata.")
    return one


@route("POST", "/v1/subscriptions/{id}", KNOWN)
def update(call: Call) -> Obj:
    store, params = call.store, call.params
    one = call.store.get("subscription", call.id)
    if params.values.keys() - {"metadata", "cancellation_details", "expand"}:
        _open(one)
    behaviour = params.one_of("proration_behavior", PRORATIONS, "create_prorations")
    method = params.text("default_payment_method")
    if method and store.get("payment_method", method, "default_payment_method")["customer"] != one["customer"]:
        raise Refused(f"The customer does not have a payment method with the ID {method}.", code="resource_missing",
                      param="default_payment_method")  # fmt: skip
    wanted = new_items(store, one, params.many("items")) if "items" in params else items(one)
    if params.one_of("payment_behavior", BEHAVIOURS, "allow_incomplete") == "error_if_incomplete":
        _refuse_unpayable(store, one)
    store.change(one, "customer.subscription.updated", **_simple(store, one, params))
    if "items" in params:
        change_items(store, one, wanted, behaviour)
    if "trial_end" in params:
        _move_trial(store, one, params)
    return one


def _simple(store: Store, one: Obj, params: Params) -> Obj:
    """The fields that nothing is paid for."""
    values: Obj = params.given("description", "default_payment_method")
    if "metadata" in params:
        values["metadata"] = params.metadata(one["metadata"])
    if "cancellation_details" in params:
        said = params.sub("cancellation_details").given("comment", "feedback")
        values["cancellation_details"] = shape(stripe.Subscription.CancellationDetails, **said)
    if "cancel_at_period_end" in params:
        values |= ending(store, one, params.flag("cancel_at_period_end"))
    elif "cancel_at" in params:
        at = params.number("cancel_at", low=store.now())
        values |= {"cancel_at": at, "canceled_at": store.now() if at else None, "cancel_at_period_end": False}
    return values


def ending(store: Store, one: Obj, at_period_end: bool) -> Obj:
    """The values that let it end with its period, or let it go on after all."""
    if at_period_end == one["cancel_at_period_end"]:
        return {}
    reason = "cancellation_requested" if at_period_end else None
    said = (one["cancellation_details"] or shape(stripe.Subscription.CancellationDetails)) | {"reason": reason}
    return {
        "cancel_at_period_end": at_period_end, "cancel_at": period_end(one) if at_period_end else None,
        "canceled_at": store.now() if at_period_end else None, "cancellation_details": said,
    }  # fmt: skip


def _refuse_unpayable(store: Store, one: Obj) -> None:
    method = methods.default_of(store, store.get("customer", one["customer"]), one)
    if method and (why := payments.verdict(method, off_session=True, proved=False)):
        raise methods.declined(why, method)


# --- items ------------------------------------------------------------------------------------------------------------


def new_items(store: Store, one: Obj, sent: list[Params]) -> list[Obj]:
    """What the items will be: those sent with an id in place of the old ones, those without added."""
    now, until = store.now(), period_end(one)
    found = {entry["id"]: entry for entry in items(one)}
    for params in sent:
        params.only({"id", "price", "price_data", "quantity", "deleted", "metadata"})
        ident = params.text("id")
        if ident and ident not in found:
            raise missing("subscription_item", ident, params.named("id"))
        if ident and params.flag("deleted"):
            del found[ident]
            continue
        old = found.get(ident or "")
        changed = "price" in params or "price_data" in params or not old
        price = catalog.inline(store, params) if changed or not old else old["price"]
        # A new price without a quantity is for one, as at Stripe.
        quantity = params.number("quantity", 1 if changed or not old else old["quantity"], high=999_999)
        kept = {"id": old["id"], "created": old["created"], "metadata": params.metadata(old["metadata"])} if old else {}
        start = old["current_period_start"] if old else now
        made = item(store, one["id"], price, quantity or 0, start, until, **kept)
        found[made["id"]] = made
    if not found:
        raise Refused("A subscription must have at least one active item.", param="items")
    return list(found.values())


def change_items(store: Store, one: Obj, wanted: list[Obj], behaviour: str) -> None:
    """Write the items and charge the difference; another interval begins a new period now."""
    old = items(one)
    trial = one["status"] == "trialing"
    other_interval = any(interval(entry) != interval(old[0]) for entry in wanted)
    back = _prorated(store, one, old, wanted, sign=-1) if behaviour != "none" and not trial else []
    debits = _prorated(store, one, wanted, old, sign=1) if behaviour != "none" and not trial else []
    written = one["items"] | {"data": wanted}
    if other_interval and not trial:
        # All of the old is given back, and all of the new is paid: the period begins anew.
        back = _prorated(store, one, old, [], sign=-1) if behaviour != "none" else []
        one["billing_cycle_anchor"] = store.now()
        roll(store, one, written, start=store.now())
        charge(store, one, reason="subscription_update", lines=back + lines_of(store, one))
        return
    store.change(one, "customer.subscription.updated", items=written)
    lines = back + debits
    if lines and behaviour == "always_invoice":
        charge(store, one, reason="subscription_update", lines=lines)
    else:
        customer = store.get("customer", one["customer"])
        for line in lines:
            invoices.wait(store, customer, line)


def _prorated(store: Store, one: Obj, mine: list[Obj], others: list[Obj], *, sign: int) -> list[Obj]:
    """A line for the rest of the period of each item that is not the same among the others."""
    now = store.now()
    same = {(entry["id"], entry["price"]["id"], entry["quantity"]) for entry in others}
    word = "Unused" if sign < 0 else "Remaining"
    return [
        invoices.line(
            store, entry["price"], entry["quantity"], sign * periods.share(amount(entry), entry, now), now,
            entry["current_period_end"], subscription=one["id"], item=entry["id"], proration=True,
            description=f"{word} time on {entry['quantity']} × {catalog.name_of(store, entry['price'])}",
        )
        for entry in mine
        if (entry["id"], entry["price"]["id"], entry["quantity"]) not in same
    ]  # fmt: skip


def _move_trial(store: Store, one: Obj, params: Params) -> None:
    if params.text("trial_end") == "now":
        if one["status"] == "trialing":
            one.update(trial_end=store.now(), billing_cycle_anchor=store.now())
            roll(store, one, one["items"], start=store.now(), status="active")
            charge(store, one, reason="subscription_update")
        return
    until = trial_end_of(store, params) or 0
    entries = [entry | {"current_period_end": until, "billed_until": until} for entry in items(one)]
    store.change(
        one, "customer.subscription.updated", status="trialing", trial_end=until, billing_cycle_anchor=until,
        trial_start=one["trial_start"] or store.now(), items=one["items"] | {"data": entries}, _told=False,
    )  # fmt: skip


# --- ended ------------------------------------------------------------------------------------------------------------


@route("DELETE", "/v1/subscriptions/{id}", "invoice_now prorate cancellation_details")
def cancel(call: Call) -> Obj:
    """At once. With `prorate` what is unused becomes credit; with `invoice_now` on an invoice of today."""
    store, params = call.store, call.params
    one = store.get("subscription", call.id)
    if one["status"] in OVER:
        raise missing("subscription", call.id)
    if params.flag("prorate"):
        customer = store.get("customer", one["customer"])
        for line in _prorated(store, one, items(one), [], sign=-1):
            invoices.wait(store, customer, line)
    if params.flag("invoice_now"):
        charge(store, one, reason="subscription_update", lines=[])
    said = params.sub("cancellation_details").given("comment", "feedback")
    return end(store, one, reason="cancellation_requested", **said)


# --- subscription items by themselves ---------------------------------------------------------------------------------


def _owner(store: Store, ident: str) -> Obj:
    for one in store.all("subscription"):
        if any(entry["id"] == ident for entry in items(one)):
            return one
    raise missing("subscription_item", ident)


def _entry(one: Obj, ident: str) -> Obj:
    return next(entry for entry in items(one) if entry["id"] == ident)


@route("GET", "/v1/subscription_items/{id}")
def retrieve_item(call: Call) -> Obj:
    return _entry(_owner(call.store, call.id), call.id)


@route("GET", "/v1/subscription_items", "subscription limit starting_after ending_before")
def list_items(call: Call) -> Obj:
    return cut(call, items(call.store.get("subscription", call.params.need("subscription"), "subscription")))


@route("POST", "/v1/subscription_items/{id}", "price quantity proration_behavior metadata payment_behavior")
def update_item(call: Call) -> Obj:
    one = _open(_owner(call.store, call.id))
    behaviour = call.params.one_of("proration_behavior", PRORATIONS, "create_prorations")
    sent = {name: call.params.values[name] for name in ("price", "quantity", "metadata") if name in call.params}
    change_items(call.store, one, new_items(call.store, one, [Params(sent | {"id": call.id})]), behaviour)
    return _entry(one, call.id)


@route("DELETE", "/v1/subscription_items/{id}", "proration_behavior")
def delete_item(call: Call) -> Obj:
    one = _open(_owner(call.store, call.id))
    behaviour = call.params.one_of("proration_behavior", PRORATIONS, "create_prorations")
    gone = Params({"id": call.id, "deleted": "true"})
    change_items(call.store, one, new_items(call.store, one, [gone]), behaviour)
    return {"id": call.id, "object": "subscription_item", "deleted": True}
