"""What happens when a checkout session is paid on its page."""

from typing import Any

import stripe

from tests.fakestripe import customers, methods, payments, subscriptions
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store
from tests.fakestripe.wire import Params, Refused

NOT_PROVED = "We are unable to authenticate your payment method. Please choose a different one and try again."


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
