"""Cards: the test numbers and what each does, payment methods, and the intents that set them up."""

import calendar
import datetime
from dataclasses import dataclass

import stripe

from tests.fakestripe import customers
from tests.fakestripe.api import Call, cut, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store, new_id
from tests.fakestripe.wire import Refused


@dataclass(frozen=True)
class Card:
    """What a test card does. `asks`: for the bank's page, until it was set up once ("once") or each time ("always")."""

    does: str
    brand: str = "visa"
    decline: str = ""
    later: bool = False
    asks: str = ""
    token: str = "pm_card_visa"


CARDS = {
    "4242424242424242": Card("Pays"),
    "4000000000000002": Card("Is declined", decline="generic_decline", token="pm_card_visa_chargeDeclined"),
    "4000000000009995": Card(
        "Too little money", decline="insufficient_funds", token="pm_card_visa_chargeDeclinedInsufficientFunds"
    ),
    "4000002500003155": Card("Asks the bank once", asks="once", token="pm_card_authenticationRequiredOnSetup"),
    "4000002760003184": Card("Asks the bank always", asks="always", token="pm_card_authenticationRequired"),
    "4000000000000341": Card(
        "Pays, later declined", decline="generic_decline", later=True, token="pm_card_chargeCustomerFail"
    ),
    "5555555555554444": Card("Pays", brand="mastercard", token="pm_card_mastercard"),
}
REDISPLAY = ("always", "limited", "unspecified")
SAID = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def by_token(token: str) -> str | None:
    return next((number for number, card in CARDS.items() if card.token == token), None)


# --- what somebody types ----------------------------------------------------------------------------------------------


def card_problems(number: str, expiry: str, cvc: str, today: datetime.date) -> dict[str, str]:
    """Field -> what is wrong with it, in a sentence for whoever typed it."""
    digits, wrong = number.replace(" ", ""), {}
    if not digits.isascii() or not digits.isdecimal() or not 12 <= len(digits) <= 19 or not _luhn(digits):
        wrong["number"] = "Your card number is invalid."
    elif digits not in CARDS:
        wrong["number"] = "This is not one of the test cards. Take a number from the list."
    if not (when := _month(expiry)):
        wrong["expiry"] = "Write the date as month and year, like 12 / 34."
    elif when < today:
        wrong["expiry"] = "Your card’s expiration date is in the past."
    if not cvc.isascii() or not cvc.isdecimal() or len(cvc) not in {3, 4}:
        wrong["cvc"] = "Your card’s security code is three digits."
    return wrong


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def _month(text: str) -> datetime.date | None:
    """The last day of a month that is written 12/34, 12 / 2034 or 1234."""
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdecimal())
    if len(digits) not in {4, 6} or not 1 <= int(digits[:2]) <= 12:
        return None
    month, year = int(digits[:2]), int(digits[2:]) % 100 + 2000
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


# --- payment methods --------------------------------------------------------------------------------------------------


def make(store: Store, number: str, *, expiry: str = "12/34", billing: Obj | None = None) -> Obj:
    """A card that belongs to nobody yet."""
    until = _month(expiry) or datetime.date(2034, 12, 31)
    details = shape(
        stripe.PaymentMethod.Card, brand=CARDS[number].brand, country="US", exp_month=until.month, exp_year=until.year,
        fingerprint=f"fp{number[-4:]}", funding="credit", last4=number[-4:], display_brand=CARDS[number].brand,
    )  # fmt: skip
    return store.create(
        "payment_method",
        allow_redisplay="unspecified",
        billing_details=shape(stripe.PaymentMethod.BillingDetails, **billing or {}),
        card=details,
        metadata={},
        type="card",
        _number=number,
        _set_up=False,
    )


def known(store: Store, ident: str) -> Obj:
    """One that there is, or a new one by one of Stripe's test names, as `pm_card_visa`."""
    number = by_token(ident)
    return make(store, number) if number else store.get("payment_method", ident, "payment_method")


def attach(store: Store, method: Obj, customer: Obj) -> Obj:
    card = CARDS[method["_number"]]
    if card.decline and not card.later:
        raise declined(card.decline, method)
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise Refused("The payment method you provided has already been attached to a customer.")
    return store.change(method, "payment_method.attached", customer=customer["id"])


def declined(reason: str, method: Obj, **more: object) -> Refused:
    code = reason if reason == "authentication_required" else "card_declined"
    return Refused(SAID[reason], status=402, kind="card_error", code=code, decline_code=reason, payment_method=method,
                   **more)  # fmt: skip


def default_of(store: Store, customer: Obj, subscription: Obj | None = None) -> Obj | None:
    """The card that a renewal is paid with."""
    ident = (subscription or {}).get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]
    return store.objects["payment_method"].get(ident) if ident else None


@route("POST", "/v1/payment_methods", "type card billing_details metadata allow_redisplay")
def create(call: Call) -> Obj:
    call.params.one_of("type", ("card",))
    card = call.params.sub("card")
    number = by_token((card.text("token") or "").replace("tok_", "pm_card_")) or card.need("number")
    expiry = f"{card.number('exp_month', 12):02}/{(card.number('exp_year', 2034) or 0) % 100:02}"
    day = datetime.datetime.fromtimestamp(call.store.now(), datetime.UTC).date()
    for field, said in card_problems(number, expiry, card.text("cvc") or "123", day).items():
        code = {"number": "incorrect_number", "expiry": "invalid_expiry_year"}.get(field, "invalid_cvc")
        raise Refused(said, status=402, kind="card_error", code=code, param=field)
    billing = call.params.sub("billing_details")
    return make(call.store, number, expiry=expiry, billing=billing.given("email", "name") | billing.address())


@route("POST", "/v1/payment_methods/{id}/attach", "customer")
def attach_one(call: Call) -> Obj:
    customer = customers.there(call.store, call.params.need("customer"), "customer")
    return attach(call.store, known(call.store, call.id), customer)


@route("POST", "/v1/payment_methods/{id}/detach")
def detach(call: Call) -> Obj:
    method = call.store.get("payment_method", call.id)
    if customer := call.store.objects["customer"].get(method["customer"] or ""):
        settings = customer.get("invoice_settings") or {}
        if settings.get("default_payment_method") == method["id"]:
            settings["default_payment_method"] = None
    return call.store.change(method, "payment_method.detached", customer=None)


@route("POST", "/v1/payment_methods/{id}", "metadata billing_details allow_redisplay")
def update(call: Call) -> Obj:
    method = call.store.get("payment_method", call.id)
    return call.store.change(
        method, "payment_method.updated", metadata=call.params.metadata(method["metadata"]),
        allow_redisplay=call.params.one_of("allow_redisplay", REDISPLAY, method["allow_redisplay"]),
    )  # fmt: skip


@route("GET", "/v1/customers/{id}/payment_methods/{method}")
def of_customer(call: Call) -> Obj:
    return call.store.get("payment_method", call.ids[1])


retrieved("/v1/payment_methods", "payment_method")
listed("/v1/payment_methods", "payment_method", "customer type")


@route("GET", "/v1/customers/{id}/payment_methods", "limit starting_after ending_before type")
def all_of_customer(call: Call) -> Obj:
    return cut(call, list(call.store.all("payment_method", customer=call.id))[::-1])


# --- setup intents ----------------------------------------------------------------------------------------------------


def set_up(store: Store, method: Obj, customer: Obj | None, metadata: Obj | None = None) -> Obj:
    """The card is kept for payments that nobody is there for."""
    method["_set_up"] = True
    if customer:
        attach(store, method, customer)
    ident = new_id("seti")
    return store.create(
        "setup_intent", event="setup_intent.succeeded", id=ident, client_secret=f"{ident}_secret_{ident[-8:]}",
        customer=customer and customer["id"], metadata=metadata or {}, payment_method=method["id"],
        payment_method_types=["card"], status="succeeded", usage="off_session",
    )  # fmt: skip


@route("POST", "/v1/setup_intents", "customer payment_method confirm usage metadata return_url")
def create_setup_intent(call: Call) -> Obj:
    store, params = call.store, call.params
    customer = store.get("customer", params.need("customer")) if "customer" in params else None
    method = known(store, params.need("payment_method")) if "payment_method" in params else None
    if method and params.flag("confirm") and not CARDS[method["_number"]].asks:
        return set_up(store, method, customer, params.metadata())
    ident = new_id("seti")
    made = store.create(
        "setup_intent", event="setup_intent.created", id=ident, client_secret=f"{ident}_secret_{ident[-8:]}",
        customer=customer and customer["id"], metadata=params.metadata(), payment_method_types=["card"],
        status="requires_payment_method", usage=params.text("usage") or "off_session",
    )  # fmt: skip
    if method and params.flag("confirm"):
        page = {"url": f"{store.url}/authenticate/{ident}", "return_url": params.text("return_url")}
        step = shape(stripe.SetupIntent.NextAction, type="redirect_to_url", redirect_to_url=page)
        store.change(made, "setup_intent.requires_action", payment_method=method["id"], next_action=step,
                     status="requires_action")  # fmt: skip
    return made


def proved(store: Store, one: Obj, passed: bool) -> str:
    """The bank was asked about a card that is to be kept; returns where to go on."""
    method = store.get("payment_method", one["payment_method"])
    back = one["next_action"]["redirect_to_url"]["return_url"] if one["next_action"] else ""
    if passed:
        method["_set_up"] = True
        if one["customer"]:
            attach(store, method, customers.there(store, one["customer"]))
        store.change(one, "setup_intent.succeeded", status="succeeded", next_action=None)
    else:
        store.change(one, "setup_intent.setup_failed", status="requires_payment_method", next_action=None)
    return str(back or store.url)


retrieved("/v1/setup_intents", "setup_intent")
listed("/v1/setup_intents", "setup_intent", "customer payment_method")
