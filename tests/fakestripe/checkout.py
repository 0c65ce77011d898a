"""Checkout sessions: made by the API, paid on the hosted page."""

from collections.abc import Iterable
from typing import Any

import stripe

from tests.fakestripe import catalog, clock, customers, methods, payments, subscriptions
from tests.fakestripe.api import LAZY, Call, cut, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import DAY, Store, new_id, page
from tests.fakestripe.wire import Params, Refused

KNOWN = "mode line_items success_url cancel_url customer customer_email client_reference_id metadata subscription_data \
    payment_intent_data setup_intent_data tax_id_collection billing_address_collection customer_update currency \
    customer_creation allow_promotion_codes expires_at payment_method_types locale submit_type ui_mode automatic_tax \
    payment_method_collection saved_payment_method_options custom_text phone_number_collection"
LATER = "metadata description trial_end trial_period_days trial_settings setup_future_usage receipt_email"
NOT_PROVED = "We are unable to authenticate your payment method. Please choose a different one and try again."


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


# --- paid -------------------------------------------------------------------------------------------------------------


def pay(store: Store, one: Obj, method: Obj, who: Obj, *, proved: bool = False) -> str:
    """Pay with a card that was typed; returns why not, "ask" for the bank's page, or "".

    `who`: email, name, address and tax ids, as typed beside it.
    """
    if one["mode"] == "setup" or one["_later"]["trial_end"]:
        # Nothing is paid today, but the card must be good.
        why = payments.verdict(method, off_session=False, proved=proved)
    elif one["mode"] == "payment":
        return _pay_once(store, one, method, who, proved=proved)
    else:
        why = payments.verdict(method, off_session=False, proved=proved)
    if why:
        return why
    method["_set_up"] = True
    customer = _customer(store, one, who)
    if one["mode"] == "setup":
        made = methods.set_up(store, method, customer, one["_later"]["metadata"])
        _complete(store, one, customer, who, setup_intent=made["id"])
        return ""
    return _subscribe(store, one, customer, method, who)


def _pay_once(store: Store, one: Obj, method: Obj, who: Obj, *, proved: bool) -> str:
    later = one["_later"]
    keeps = later["setup_future_usage"] or one["customer_creation"] == "always"
    customer = _customer(store, one, who) if one["customer"] or keeps else None
    intent = store.objects["payment_intent"].get(one.get("_intent", ""))
    if not intent:
        intent = payments.intent(
            store, amount=one["amount_total"], currency=one["currency"], customer=customer["id"] if customer else None,
            metadata=later["metadata"], description=later["description"], receipt_email=later["receipt_email"],
            setup_future_usage=later["setup_future_usage"],
        )  # fmt: skip
        one["_intent"] = intent["id"]
    if store.slow_payments:
        # As a bank debit: the payer is done, and the money comes in some days, or does not.
        store.change(intent, "payment_intent.processing", status="processing", payment_method=method["id"])
        _complete(store, one, customer, who, payment_intent=intent["id"])
        return ""
    why = payments.confirm(store, intent, method, proved=proved)
    if why:
        return why
    if customer and later["setup_future_usage"]:
        methods.attach(store, method, customer)
    _complete(store, one, customer, who, payment_intent=intent["id"], payment_status="paid")
    return ""


def settle(store: Store, one: Obj, *, paid: bool) -> Obj:
    """The money of a slow payment has come, or will not."""
    intent = store.get("payment_intent", one["payment_intent"])
    method = store.get("payment_method", intent["payment_method"])
    if intent["status"] != "processing":
        raise Refused(f"This PaymentIntent's status is {intent['status']}.")
    if paid:
        payments.confirm(store, intent, method, proved=True)
        one["payment_status"] = "paid"
    else:
        payments.fail(store, intent, method, "insufficient_funds")
    store.emit(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", one)
    return one


def _subscribe(store: Store, one: Obj, customer: Obj, method: Obj, who: Obj) -> str:
    later = one["_later"]
    # A fresh card has just been looked at with its owner there: the first payment is theirs, the later ones are not.
    made = subscriptions.begin(
        store, customer, [(line["price"], line["quantity"]) for line in one["_lines"]], method=method,
        metadata=later["metadata"], trial_end=later["trial_end"], description=later["description"],
        trial_without_card=later["trial_without_card"], proved=True,
    )  # fmt: skip
    methods.attach(store, method, customer)
    paid = "no_payment_required" if later["trial_end"] else "paid"
    _complete(store, one, customer, who, subscription=made["id"], invoice=made["latest_invoice"], payment_status=paid)
    return ""


def _customer(store: Store, one: Obj, who: Obj) -> Obj:
    """Who pays: the one that was given, with what may be updated, or a new one."""
    if not one["customer"]:
        customer = customers.make(store, Params({"email": who["email"], "name": who["name"]}))
        customer["address"] = who["address"]
        one["customer"] = customer["id"]
    else:
        customer = store.get("customer", one["customer"])
        changed = {name: who[name] for name in one["_later"]["update"] if who[name]}
        store.change(customer, "customer.updated", **changed)
    known = {tax["value"] for tax in customers.tax_ids(store, customer)}
    for tax in who["tax_ids"]:
        if tax["value"] not in known:
            customers.add_tax_id(store, customer, tax["type"], tax["value"])
    return customer


def _complete(store: Store, one: Obj, customer: Obj | None, who: Obj, **values: Any) -> None:
    details = shape(
        stripe.checkout.Session.CustomerDetails, address=who["address"], email=who["email"], name=who["name"],
        tax_exempt="none", tax_ids=who["tax_ids"],
    )  # fmt: skip
    store.change(one, customer=customer and customer["id"], customer_details=details, status="complete", url=None,
                 **values)  # fmt: skip
    store.emit("checkout.session.completed", one)


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
