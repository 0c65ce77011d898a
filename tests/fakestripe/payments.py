"""Payment intents and the charges that they make."""

from typing import Any

import stripe

from tests.fakestripe import customers, methods
from tests.fakestripe.api import Call, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store, new_id, public
from tests.fakestripe.wire import Refused

OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}
CURRENCIES = ("usd", "eur", "gbp", "krw", "jpy", "chf")


def intent(store: Store, *, amount: int, currency: str, customer: str | None, **more: object) -> Obj:
    ident = new_id("pi")
    common: Obj = {
        "amount_capturable": 0, "amount_received": 0, "capture_method": "automatic_async", "metadata": {},
        "confirmation_method": "automatic", "payment_method_types": ["card"], "status": "requires_payment_method",
    }  # fmt: skip
    return store.create(
        "payment_intent", event="payment_intent.created", id=ident, client_secret=f"{ident}_secret_{ident[-8:]}",
        amount=amount, currency=currency, customer=customer, **common | more,
    )  # fmt: skip


def verdict(method: Obj, *, off_session: bool, proved: bool) -> str:
    """Why the card does not pay: the reason of the decline, "ask" for the bank's page, or "" where it pays."""
    card = methods.CARDS[method["_number"]]
    asks = card.asks == "always" or (card.asks == "once" and not method["_set_up"])
    if asks and not proved:
        return "authentication_required" if off_session else "ask"
    return card.decline if method["customer"] or not card.later else ""


def confirm(store: Store, one: Obj, method: Obj, *, off_session: bool = False, proved: bool = False) -> str:
    """Try to take the money; returns the verdict. What came of it is in the intent."""
    why = verdict(method, off_session=off_session, proved=proved)
    one["payment_method"] = method["id"]
    if why == "ask":
        step = shape(stripe.PaymentIntent.NextAction, type="redirect_to_url", redirect_to_url={
            "url": f"{store.url}/authenticate/{one['id']}", "return_url": one.get("_return_url")})  # fmt: skip
        store.change(one, "payment_intent.requires_action", status="requires_action", next_action=step)
    elif why:
        fail(store, one, method, why)
    else:
        _succeed(store, one, method)
    return why


def _succeed(store: Store, one: Obj, method: Obj) -> None:
    if one["setup_future_usage"]:
        method["_set_up"] = True
    made = _charge(store, one, method, paid=True, captured=True, amount_captured=one["amount"], status="succeeded",
                   outcome=_outcome("authorized", "Payment complete."))  # fmt: skip
    one["latest_charge"] = made["id"]
    store.emit("charge.succeeded", made)
    store.change(
        one, "payment_intent.succeeded", status="succeeded", amount_received=one["amount"], next_action=None,
        last_payment_error=None,
    )  # fmt: skip


def fail(store: Store, one: Obj, method: Obj, why: str) -> None:
    problem = methods.declined(why, method)
    made = _charge(store, one, method, paid=False, captured=False, amount_captured=0, status="failed",
                   failure_code=problem.body["code"], failure_message=problem.body["message"],
                   outcome=_outcome("issuer_declined", problem.body["message"], reason=why))  # fmt: skip
    store.emit("charge.failed", made)
    error = shape(
        stripe.PaymentIntent.LastPaymentError, type="card_error", code=problem.body["code"], decline_code=why,
        message=problem.body["message"], payment_method=public(method), charge=made["id"],
    )  # fmt: skip
    one["latest_charge"] = made["id"]
    # The same decline twice is two events, though nothing of the intent changes.
    one["last_payment_error"] = None
    store.change(
        one, "payment_intent.payment_failed", status="requires_payment_method", payment_method=None, next_action=None,
        last_payment_error=error,
    )  # fmt: skip


def _outcome(type: str, said: str, reason: str | None = None) -> Obj:
    status = "approved_by_network" if type == "authorized" else "declined_by_network"
    return shape(stripe.Charge.Outcome, type=type, network_status=status, seller_message=said, reason=reason,
                 risk_level="normal", risk_score=10)  # fmt: skip


def _charge(store: Store, one: Obj, method: Obj, **more: Any) -> Obj:
    names = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    card = {name: method["card"][name] for name in names}
    return store.create(
        "charge",
        amount=one["amount"],
        amount_refunded=0,
        billing_details=method["billing_details"],
        currency=one["currency"],
        customer=one["customer"],
        description=one["description"],
        disputed=False,
        metadata=one["metadata"],
        payment_intent=one["id"],
        payment_method=method["id"],
        payment_method_details={"type": "card", "card": shape(stripe.Charge.PaymentMethodDetails.Card, **card)},
        receipt_email=one["receipt_email"],
        refunded=False,
        **more,
    )


def refused(one: Obj, method: Obj) -> Refused:
    """The answer to a confirmation that failed."""
    return methods.declined(one["last_payment_error"]["decline_code"], method, payment_intent=one,
                            charge=one["latest_charge"])  # fmt: skip


# --- the API ----------------------------------------------------------------------------------------------------------


@route(
    "POST",
    "/v1/payment_intents",
    "amount currency customer payment_method off_session confirm description metadata receipt_email setup_future_usage \
    automatic_payment_methods payment_method_types return_url statement_descriptor_suffix error_on_requires_action",
)
def create(call: Call) -> Obj:
    store, params = call.store, call.params
    ident = params.text("customer")
    if ident:
        customers.there(store, ident, "customer")
    method = methods.known(store, params.need("payment_method")) if "payment_method" in params else None
    if method and ident and method["customer"] not in {None, ident}:
        raise Refused("The provided PaymentMethod cannot be attached: it is of another customer.",
                      param="payment_method")  # fmt: skip
    made = intent(
        store, amount=params.amount("amount"), currency=params.one_of("currency", CURRENCIES), customer=ident,
        metadata=params.metadata(), setup_future_usage=params.text("setup_future_usage"),
        **params.given("description", "receipt_email"), _return_url=params.text("return_url"),
    )  # fmt: skip
    if params.flag("confirm"):
        return _confirmed(call, made, method)
    if method:
        made.update(payment_method=method["id"], status="requires_confirmation")
    return made


def _confirmed(call: Call, one: Obj, method: Obj | None) -> Obj:
    if not method:
        raise Refused("You cannot confirm this PaymentIntent because it's missing a payment method.",
                      code="payment_intent_unexpected_state", payment_intent=one)  # fmt: skip
    why = confirm(call.store, one, method, off_session=call.params.flag("off_session"))
    if why == "ask" and call.params.flag("error_on_requires_action"):
        fail(call.store, one, method, "authentication_required")
        raise refused(one, method)
    if why and why != "ask":
        raise refused(one, method)
    return one


def _still_open(one: Obj) -> Obj:
    if one["status"] not in OPEN:
        raise Refused(f"This PaymentIntent's status is {one['status']}.", code="payment_intent_unexpected_state",
                      payment_intent=one)  # fmt: skip
    return one


@route("POST", "/v1/payment_intents/{id}/confirm", "payment_method off_session return_url")
def confirm_one(call: Call) -> Obj:
    one = _still_open(call.store.get("payment_intent", call.id))
    ident = call.params.text("payment_method") or one["payment_method"]
    return _confirmed(call, one, methods.known(call.store, ident) if ident else None)


@route("POST", "/v1/payment_intents/{id}/cancel", "cancellation_reason")
def cancel(call: Call) -> Obj:
    one = _still_open(call.store.get("payment_intent", call.id))
    return void(call.store, one, call.params.text("cancellation_reason"))


def void(store: Store, one: Obj, reason: str | None = None) -> Obj:
    return store.change(one, "payment_intent.canceled", status="canceled", canceled_at=store.now(),
                        cancellation_reason=reason, next_action=None)  # fmt: skip


@route("POST", "/v1/payment_intents/{id}", "metadata description receipt_email")
def update(call: Call) -> Obj:
    one = call.store.get("payment_intent", call.id)
    values: Obj = call.params.given("description", "receipt_email")
    return call.store.change(one, metadata=call.params.metadata(one["metadata"]), **values)


@route("POST", "/v1/charges/{id}", "metadata description")
def update_charge(call: Call) -> Obj:
    one = call.store.get("charge", call.id)
    return call.store.change(one, "charge.updated", metadata=call.params.metadata(one["metadata"]),
                             **call.params.given("description"))  # fmt: skip


retrieved("/v1/payment_intents", "payment_intent")
listed("/v1/payment_intents", "payment_intent", "customer")
retrieved("/v1/charges", "charge")
listed("/v1/charges", "charge", "customer payment_intent")
