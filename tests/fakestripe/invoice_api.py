"""Invoices in the API: finalized, paid, given up."""

from tests.fakestripe import customers, invoices, methods
from tests.fakestripe.api import LAZY, Call, listed, retrieved, route
from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import Store, page
from tests.fakestripe.wire import Refused


def _in(call: Call, *allowed: str) -> Obj:
    one = call.store.get("invoice", call.id)
    if one["status"] not in allowed:
        raise Refused(f"Invoice is {one['status']}: this can be done only when it is {' or '.join(allowed)}.",
                      code="invoice_not_editable" if one["status"] != "paid" else "invoice_already_paid")  # fmt: skip
    return one


@route("POST", "/v1/invoices", "customer auto_advance collection_method description metadata currency \
    pending_invoice_items_behavior")  # fmt: skip
def create(call: Call) -> Obj:
    store, params = call.store, call.params
    customer = customers.there(store, params.need("customer"), "customer")
    lines = []
    if params.text("pending_invoice_items_behavior") == "include":
        lines = invoices.take_pending(store, customer)
    return invoices.draw_up(store, customer, lines, reason="manual", **params.given("description"))


@route("POST", "/v1/invoices/{id}/finalize", "auto_advance")
def finalize_one(call: Call) -> Obj:
    return invoices.finalize(call.store, _in(call, "draft"))


@route("POST", "/v1/invoices/{id}/pay", "payment_method off_session")
def pay(call: Call) -> Obj:
    store, one = call.store, _in(call, "draft", "open", "uncollectible")
    if one["status"] == "draft":
        invoices.finalize(store, one)
    ident = call.params.text("payment_method")
    method = methods.known(store, ident) if ident else None
    bought = store.objects["subscription"].get(invoices.subscription_id(one) or "")
    method = method or methods.default_of(store, store.get("customer", one["customer"]), bought)
    why = invoices.collect(store, one, method, off_session=call.params.flag("off_session", True))
    if not why:
        return one
    if why == "no_card" or not method:
        raise Refused("There is no default_payment_method set on this Customer or Invoice.", code="resource_missing")
    raise methods.declined(
        why.replace("ask", "authentication_required"), method, payment_intent=invoices.intent_of(store, one)
    )


@route("POST", "/v1/invoices/{id}/void")
def void_one(call: Call) -> Obj:
    return invoices.void(call.store, _in(call, "open", "uncollectible"))


@route("POST", "/v1/invoices/{id}/mark_uncollectible")
def give_up(call: Call) -> Obj:
    return invoices.void(call.store, _in(call, "open"), "uncollectible")


@route("POST", "/v1/invoices/{id}", "metadata description auto_advance")
def update(call: Call) -> Obj:
    one = call.store.get("invoice", call.id)
    return call.store.change(one, "invoice.updated", metadata=call.params.metadata(one["metadata"]),
                             **call.params.given("description"))  # fmt: skip


retrieved("/v1/invoices", "invoice")
listed(
    "/v1/invoices", "invoice", "customer status", subscription=lambda one, ident: invoices.subscription_id(one) == ident
)
retrieved("/v1/invoiceitems", "invoiceitem")
listed("/v1/invoiceitems", "invoiceitem", "customer")
retrieved("/v1/invoice_payments", "invoice_payment")
listed(
    "/v1/invoice_payments",
    "invoice_payment",
    "invoice status",
    payment=lambda one, ident: one["payment"]["payment_intent"] == ident,
)


def _payments(store: Store, one: Obj) -> Obj:
    return page(list(store.all("invoice_payment", invoice=one["id"])), f"/v1/invoices/{one['id']}/payments")


LAZY["invoice", "payments"] = _payments
