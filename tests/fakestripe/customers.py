"""Customers and their tax ids."""

import stripe

from tests.fakestripe.api import LAZY, Call, cut, listed, route
from tests.fakestripe.shapes import Obj, shape, words
from tests.fakestripe.store import Store, page
from tests.fakestripe.wire import Params, Refused, missing

TAX_IDS = words(stripe.TaxId, "type")
TEXTS = ("description", "email", "name", "phone")
KNOWN = "address balance description email invoice_settings metadata name phone payment_method preferred_locales \
    tax_exempt tax_id_data shipping tax"


def _settings(store: Store, params: Params, id: str) -> Obj:
    method = params.sub("invoice_settings").text("default_payment_method")
    if method and store.get("payment_method", method)["customer"] != id:
        raise Refused(f"The customer does not have a payment method with the ID {method}.", code="resource_missing",
                      param="invoice_settings[default_payment_method]")  # fmt: skip
    return shape(stripe.Customer.InvoiceSettings, default_payment_method=method)


@route("POST", "/v1/customers", KNOWN)
def create(call: Call) -> Obj:
    params = call.params
    taxes = [(one.one_of("type", TAX_IDS), one.need("value")) for one in params.many("tax_id_data")]
    made = make(call.store, params)
    for tax, value in taxes:
        add_tax_id(call.store, made, tax, value)
    if method := params.text("payment_method"):
        from tests.fakestripe import methods

        methods.attach(call.store, methods.known(call.store, method), made)
    return made


def make(store: Store, params: Params) -> Obj:
    return store.create(
        "customer",
        event="customer.created",
        balance=params.number("balance", 0, low=-(10**9)),
        delinquent=False,
        invoice_settings=shape(stripe.Customer.InvoiceSettings),
        invoice_prefix=f"TEST{store.count('customer'):04}",
        metadata=params.metadata(),
        next_invoice_sequence=1,
        preferred_locales=[],
        tax_exempt="none",
        **params.given(*TEXTS),
        **params.address(),
    )


@route("POST", "/v1/customers/{id}", KNOWN)
def update(call: Call) -> Obj:
    found, params = there(call.store, call.id), call.params
    values: Obj = params.given(*TEXTS) | params.address()
    if "metadata" in params:
        values["metadata"] = params.metadata(found["metadata"])
    if "balance" in params:
        values["balance"] = params.number("balance", low=-(10**9))
    if "default_payment_method" in params.sub("invoice_settings"):
        values["invoice_settings"] = _settings(call.store, params, found["id"])
    return call.store.change(found, "customer.updated", **values)


def there(store: Store, id: str, param: str = "id") -> Obj:
    """A customer that was not deleted."""
    found = store.get("customer", id, param)
    if found.get("deleted"):
        raise missing("customer", id, param)
    return found


@route("GET", "/v1/customers/{id}")
def retrieve(call: Call) -> Obj:
    return call.store.get("customer", call.id)


@route("DELETE", "/v1/customers/{id}")
def delete(call: Call) -> Obj:
    """Their subscriptions end at once; a stub stays, which says that there was one."""
    from tests.fakestripe import lifecycle

    found = there(call.store, call.id)
    for one in call.store.all("subscription", customer=found["id"]):
        if one["status"] not in lifecycle.OVER:
            lifecycle.end(call.store, one, reason="cancellation_requested")
    call.store.emit("customer.deleted", found)
    stub = {"id": found["id"], "object": "customer", "deleted": True}
    call.store.objects["customer"][found["id"]] = stub
    return stub


listed("/v1/customers", "customer", "email", unless=lambda params, one: "deleted" in one)


# --- tax ids ----------------------------------------------------------------------------------------------------------


def add_tax_id(store: Store, customer: Obj, type: str, value: str) -> Obj:
    return store.create(
        "tax_id",
        event="customer.tax_id.created",
        country=type[:2].upper() if type != "eu_vat" else value[:2].upper(),
        customer=customer["id"],
        owner=shape(stripe.TaxId.Owner, type="customer", customer=customer["id"]),
        type=type,
        value=value,
        verification=shape(stripe.TaxId.Verification, status="pending"),
    )


def tax_ids(store: Store, customer: Obj) -> list[Obj]:
    return list(store.all("tax_id", customer=customer["id"]))


def tax_id_pairs(store: Store, customer: Obj) -> list[Obj]:
    """As invoices and sessions carry them."""
    return [{"type": one["type"], "value": one["value"]} for one in tax_ids(store, customer)]


@route("POST", "/v1/customers/{id}/tax_ids", "type value")
def create_tax_id(call: Call) -> Obj:
    return add_tax_id(
        call.store, there(call.store, call.id), call.params.one_of("type", TAX_IDS), call.params.need("value")
    )


@route("GET", "/v1/customers/{id}/tax_ids", "limit starting_after ending_before")
def list_tax_ids(call: Call) -> Obj:
    return cut(call, tax_ids(call.store, there(call.store, call.id))[::-1])


@route("GET", "/v1/customers/{id}/tax_ids/{tax}")
def retrieve_tax_id(call: Call) -> Obj:
    return call.store.get("tax_id", call.ids[1])


@route("DELETE", "/v1/customers/{id}/tax_ids/{tax}")
def delete_tax_id(call: Call) -> Obj:
    found = call.store.get("tax_id", call.ids[1])
    call.store.emit("customer.tax_id.deleted", found)
    del call.store.objects["tax_id"][found["id"]]
    return {"id": found["id"], "object": "tax_id", "deleted": True}


def _lazy_tax_ids(store: Store, customer: Obj) -> Obj:
    return page(tax_ids(store, customer), f"/v1/customers/{customer['id']}/tax_ids")


def _lazy_subscriptions(store: Store, customer: Obj) -> Obj:
    found = [one for one in store.all("subscription", customer=customer["id"]) if one["status"] != "canceled"]
    return page(found[::-1], f"/v1/customers/{customer['id']}/subscriptions")


LAZY["customer", "tax_ids"] = _lazy_tax_ids
LAZY["customer", "subscriptions"] = _lazy_subscriptions
