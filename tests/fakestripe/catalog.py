"""Products and prices."""

import stripe

from tests.fakestripe.api import Call, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store
from tests.fakestripe.wire import Params, Refused

PRODUCT = "active description images metadata name statement_descriptor tax_code unit_label url"
INTERVALS = ("day", "week", "month", "year")
CURRENCIES = ("usd", "eur", "gbp", "krw", "jpy", "chf")


@route("POST", "/v1/products", f"{PRODUCT} id default_price_data type")
def create_product(call: Call) -> Obj:
    params = call.params
    if call.store.objects["product"].get(params.text("id") or ""):
        raise Refused("Product already exists.", code="resource_already_exists", param="id")
    made = product(call.store, params)
    if "default_price_data" in params:
        data = params.sub("default_price_data")
        made["default_price"] = price(call.store, data, made)["id"]
    return made


def product(store: Store, params: Params, *, active: bool = True) -> Obj:
    given = params.given("description", "statement_descriptor", "tax_code", "unit_label", "url", "id")
    return store.create(
        "product",
        event="product.created",
        active=params.flag("active", active),
        images=params.words("images"),
        marketing_features=[],
        metadata=params.metadata(),
        name=params.need("name"),
        type="service",
        updated=store.now(),
        **given,
    )


@route("POST", "/v1/products/{id}", PRODUCT + " default_price")
def update_product(call: Call) -> Obj:
    found, params = call.store.get("product", call.id), call.params
    values: Obj = params.given("description", "name", "statement_descriptor", "unit_label", "url", "default_price")
    if "active" in params:
        values["active"] = params.flag("active")
    if "metadata" in params:
        values["metadata"] = params.metadata(found["metadata"])
    return call.store.change(found, "product.updated", updated=call.store.now(), **values)


@route("DELETE", "/v1/products/{id}")
def delete_product(call: Call) -> Obj:
    found = call.store.get("product", call.id)
    if any(call.store.all("price", product=found["id"])):
        raise Refused("This product cannot be deleted because it has one or more user-created prices.")
    call.store.emit("product.deleted", found)
    del call.store.objects["product"][found["id"]]
    return {"id": found["id"], "object": "product", "deleted": True}


retrieved("/v1/products", "product")
listed("/v1/products", "product", "active", ids=lambda one, ident: one["id"] == ident)


# --- prices -----------------------------------------------------------------------------------------------------------

PRICE = "active currency lookup_key metadata nickname product product_data recurring transfer_lookup_key unit_amount \
    unit_amount_decimal tax_behavior billing_scheme"


@route("POST", "/v1/prices", PRICE)
def create_price(call: Call) -> Obj:
    params = call.params
    if "product_data" in params:
        return price(call.store, params, product(call.store, params.sub("product_data")))
    return price(call.store, params, call.store.get("product", params.need("product"), "product"))


def price(store: Store, params: Params, of: Obj, *, active: bool = True) -> Obj:
    """A price of the product; `recurring` makes it one for subscriptions."""
    amount = params.number("unit_amount", low=0, high=99_999_999)
    if amount is None:
        amount = int(params.need("unit_amount_decimal"))
    return store.create(
        "price",
        event="price.created",
        active=params.flag("active", active),
        billing_scheme="per_unit",
        currency=params.one_of("currency", CURRENCIES),
        lookup_key=_lookup_key(store, params),
        metadata=params.metadata(),
        nickname=params.text("nickname"),
        product=of["id"],
        recurring=_recurring(params) if "recurring" in params else None,
        tax_behavior=params.text("tax_behavior") or "unspecified",
        type="recurring" if "recurring" in params else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )


def _recurring(params: Params) -> Obj:
    sent = params.sub("recurring")
    sent.only({"interval", "interval_count", "usage_type"})
    return shape(
        stripe.Price.Recurring,
        interval=sent.one_of("interval", INTERVALS),
        interval_count=sent.number("interval_count", 1, low=1, high=52),
        usage_type=sent.one_of("usage_type", ("licensed",), "licensed"),
    )


def _lookup_key(store: Store, params: Params) -> str | None:
    """A key leads to one active price; only who says so may take it from another."""
    key = params.text("lookup_key")
    for other in store.all("price", lookup_key=key) if key else ():
        if not params.flag("transfer_lookup_key"):
            raise Refused(f"A price (`{other['id']}`) already uses that lookup key.", param="lookup_key",
                          code="resource_already_exists")  # fmt: skip
        store.change(other, "price.updated", lookup_key=None)
    return key


@route("POST", "/v1/prices/{id}", "active lookup_key metadata nickname transfer_lookup_key tax_behavior")
def update_price(call: Call) -> Obj:
    found, params = call.store.get("price", call.id), call.params
    values: Obj = params.given("nickname")
    if "lookup_key" in params and params.text("lookup_key") != found["lookup_key"]:
        values["lookup_key"] = _lookup_key(call.store, params)
    if "active" in params:
        values["active"] = params.flag("active")
    if "metadata" in params:
        values["metadata"] = params.metadata(found["metadata"])
    return call.store.change(found, "price.updated", **values)


def inline(store: Store, params: Params) -> Obj:
    """The price of a line: one that there is, or one that is made for it alone."""
    if ident := params.text("price"):
        return store.get("price", ident, params.named("price"))
    data = params.sub("price_data")
    if "product_data" in data:
        return price(store, data, product(store, data.sub("product_data"), active=False), active=False)
    return price(store, data, store.get("product", data.need("product")), active=False)


def name_of(store: Store, one: Obj) -> str:
    return str(store.objects["product"].get(one["product"], {}).get("name", "Item"))


retrieved("/v1/prices", "price")
listed(
    "/v1/prices",
    "price",
    "active currency product type",
    lookup_keys=lambda one, key: one["lookup_key"] == key,
)
