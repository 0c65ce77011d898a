"""Checkout sessions: made by the API, paid on the hosted page."""

from collections.abc import Iterable

import stripe

from tests.fakestripe import catalog, clock, customers, subscriptions
from tests.fakestripe.api import LAZY, Call, cut, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import DAY, Store, new_id, page
from tests.fakestripe.wire import Params, Refused

KNOWN = "mode line_items success_url cancel_url customer customer_email client_reference_id metadata subscription_data \
    payment_intent_data setup_intent_data tax_id_collection billing_address_collection customer_update currency \
    customer_creation allow_promotion_codes expires_at payment_method_types locale submit_type ui_mode automatic_tax \
    payment_method_collection saved_payment_method_options custom_text phone_number_collection"
LATER = "metadata description trial_end trial_period_days trial_settings setup_future_usage receipt_email"


@route("POST", "/v1/checkout/sessions", KNOWN)
def create(call: Call) -> Obj:
    store, params = call.store, call.params
    mode, ident = params.one_of("mode", ("payment", "subscription", "setup")), new_id("cs_test")
    _refuse_what_contradicts(params, mode)
    lines = [_line(store, one) for one in params.many("line_items")]
    _refuse_lines(lines, mode)
    customer = params.text("customer")
    if customer:
        customers.there(store, customer, "customer")
    trial = _trial(store, params)
    total = None if mode == "setup" else 0 if trial else sum(line["amount_total"] for line in lines)
    options = _options(params)
    return store.create(
        "checkout.session",
        id=ident,
        amount_subtotal=total,
        amount_total=total,
        automatic_tax=shape(stripe.checkout.Session.AutomaticTax, enabled=False),
        currency=lines[0]["currency"] if lines else params.text("currency"),
        custom_fields=[],
        custom_text=shape(stripe.checkout.Session.CustomText),
        customer=customer,
        customer_details=_details(store, customer, params.text("customer_email")),
        expires_at=_expiry(store, params),
        metadata=params.metadata(),
        mode=mode,
        payment_method_options={},
        payment_method_types=["card"],
        payment_status="unpaid" if total else "no_payment_required",
        shipping_options=[],
        status="open",
        success_url=params.need("success_url"),
        total_details=shape(stripe.checkout.Session.TotalDetails, amount_discount=0, amount_shipping=0, amount_tax=0),
        ui_mode=params.one_of("ui_mode", ("hosted_page",), "hosted_page"),
        url=f"{store.url}/checkout/{ident}",
        _lines=lines,
        _later=_later(store, params, trial),
        **params.given("cancel_url", "client_reference_id", "customer_email"),
        **options,
    )


def _refuse_what_contradicts(params: Params, mode: str) -> None:
    if params.text("customer") and params.text("customer_email"):
        raise Refused("You may only specify one of these parameters: customer, customer_email.")
    if params.text("customer") and "customer_creation" in params:
        raise Refused("`customer_creation` cannot be used together with `customer`.", param="customer_creation")
    for name, only in (("subscription_data", "subscription"), ("payment_intent_data", "payment"),
                       ("setup_intent_data", "setup")):  # fmt: skip
        if name in params and mode != only:
            raise Refused(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    update = params.sub("customer_update")
    if params.sub("tax_id_collection").flag("enabled") and params.text("customer") and update.text("name") != "auto":
        raise Refused("Tax ID collection requires updating business name on the customer. To enable tax ID collection "
                      "for an existing customer, please set `customer_update[name]` to `auto`.")  # fmt: skip


def _line(store: Store, params: Params) -> Obj:
    params.only({"price", "price_data", "quantity", "adjustable_quantity", "metadata"})
    price, quantity = catalog.inline(store, params), params.number("quantity", 1, low=1, high=999_999) or 1
    if "price_data" not in params and not price["active"]:
        raise Refused("The price specified is inactive. This field only accepts active prices.",
                      param=params.named("price"))  # fmt: skip
    amount = price["unit_amount"] * quantity
    return shape(
        stripe.LineItem, id=new_id("li"), object="item", amount_discount=0, amount_subtotal=amount, amount_tax=0,
        amount_total=amount, currency=price["currency"], description=catalog.name_of(store, price), price=price,
        quantity=quantity,
    )  # fmt: skip


def _refuse_lines(lines: list[Obj], mode: str) -> None:
    if mode == "setup":
        return
    if not lines:
        raise Refused("Missing required param: line_items.", code="parameter_missing", param="line_items")
    if len({line["currency"] for line in lines}) > 1:
        raise Refused("All line items must have the same currency.", param="line_items")
    recurring = [bool(line["price"]["recurring"]) for line in lines]
    if mode == "payment" and any(recurring):
        raise Refused("You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode "
                      "or use only one-time prices.", param="line_items")  # fmt: skip
    if mode == "subscription" and not any(recurring):
        raise Refused("You must provide at least one recurring price in `subscription` mode.", param="line_items")
    total = sum(line["amount_total"] for line in lines)
    if mode == "payment" and not 50 <= total <= 99_999_999:
        raise Refused("The Checkout Session's total amount must convert to at least 50 cents, and to $999,999.99 at "
                      "most.", code="amount_too_small" if total < 50 else "amount_too_large")  # fmt: skip


def _expiry(store: Store, params: Params) -> int:
    at = params.number("expires_at", store.now() + DAY) or 0
    if not store.now() + 1790 <= at <= store.now() + DAY:
        raise Refused("The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
                      param="expires_at")  # fmt: skip
    return at


def _trial(store: Store, params: Params) -> int | None:
    return subscriptions.trial_end_of(store, params.sub("subscription_data"))


def _options(params: Params) -> Obj:
    tax = params.sub("tax_id_collection")
    values: Obj = params.given("locale", "submit_type")
    values |= {
        "tax_id_collection": {"enabled": tax.flag("enabled"), "required": tax.text("required") or "never"},
        "billing_address_collection": params.text("billing_address_collection"),
        "allow_promotion_codes": params.flag("allow_promotion_codes") or None,
        "phone_number_collection": {"enabled": params.sub("phone_number_collection").flag("enabled")},
        "payment_method_collection": params.text("payment_method_collection") or "always",
    }
    if not params.text("customer") and params.text("mode") == "payment":
        values["customer_creation"] = params.text("customer_creation") or "if_required"
    return values


def _later(store: Store, params: Params, trial: int | None) -> Obj:
    """What is needed when it is paid."""
    names = {"subscription": "subscription_data", "payment": "payment_intent_data", "setup": "setup_intent_data"}
    data = params.sub(names[params.need("mode")])
    data.only(LATER.split())
    update = params.sub("customer_update")
    return {
        "metadata": data.metadata(), "trial_end": trial, "setup_future_usage": data.text("setup_future_usage"),
        "description": data.text("description"), "receipt_email": data.text("receipt_email"),
        "trial_without_card": subscriptions.trial_without_card(data),
        "update": [name for name in ("name", "address") if update.text(name) == "auto"],
    }  # fmt: skip


def _details(store: Store, customer: str | None, email: str | None) -> Obj | None:
    if not customer and not email:
        return None
    known = store.objects["customer"].get(customer or "", {})
    return shape(
        stripe.checkout.Session.CustomerDetails, address=known.get("address"), email=known.get("email") or email,
        name=known.get("name"), phone=known.get("phone"), tax_exempt="none", tax_ids=[],
    )  # fmt: skip


# --- the rest of the API ----------------------------------------------------------------------------------------------


@route("POST", "/v1/checkout/sessions/{id}/expire")
def expire_one(call: Call) -> Obj:
    one = call.store.get("checkout.session", call.id)
    if one["status"] != "open":
        raise Refused(f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {one["status"]}.')
    return expire(call.store, one)


def expire(store: Store, one: Obj) -> Obj:
    store.change(one, status="expired", url=None)
    store.emit("checkout.session.expired", one)
    return one


@route("POST", "/v1/checkout/sessions/{id}", "metadata")
def update(call: Call) -> Obj:
    one = call.store.get("checkout.session", call.id)
    return call.store.change(one, metadata=call.params.metadata(one["metadata"]))


@clock.due
def becomes_due(store: Store) -> Iterable[clock.Due]:
    for one in store.all("checkout.session", status="open"):
        yield one["expires_at"], lambda one=one: expire(store, one)  # type: ignore[misc]


retrieved("/v1/checkout/sessions", "checkout.session")
listed("/v1/checkout/sessions", "checkout.session", "customer payment_intent status subscription")


@route("GET", "/v1/checkout/sessions/{id}/line_items", "limit starting_after ending_before")
def line_items(call: Call) -> Obj:
    return cut(call, call.store.get("checkout.session", call.id)["_lines"])


def _lazy_lines(store: Store, one: Obj) -> Obj:
    return page(one["_lines"], f"/v1/checkout/sessions/{one['id']}/line_items")


LAZY["checkout.session", "line_items"] = _lazy_lines
