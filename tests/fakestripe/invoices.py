"""Invoices: drawn up, finalized, paid or not, tried again."""

from collections.abc import Callable
from typing import Any

import stripe

from tests.fakestripe import catalog, customers, methods, payments
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import DAY, Store, new_id, page

RETRIES = (3 * DAY, 5 * DAY, 7 * DAY)
"""How long after each failed attempt the next one is made; after the last the subscription ends."""


def line(store: Store, price: Obj, quantity: int, amount: int, start: int, end: int, **more: Any) -> Obj:
    """A line; `subscription` and `item` say what it is for, `proration` that it is for part of a period."""
    subscription, item, proration = more.get("subscription"), more.get("item"), more.get("proration", False)
    parent = None
    if subscription:
        details = {
            "invoice_item": None, "proration": proration, "subscription": subscription, "subscription_item": item,
            "proration_details": {"credited_items": None} if proration else None,
        }  # fmt: skip
        parent = shape(stripe.InvoiceLineItem.Parent, type="subscription_item_details",
                       subscription_item_details=details)  # fmt: skip
    pricing = shape(
        stripe.InvoiceLineItem.Pricing, type="price_details", unit_amount_decimal=price["unit_amount_decimal"],
        price_details={"price": price["id"], "product": price["product"]},
    )  # fmt: skip
    return shape(
        stripe.InvoiceLineItem, id=new_id("il"), object="line_item", amount=amount, currency=price["currency"],
        description=more.get("description") or f"{quantity} × {catalog.name_of(store, price)}", discount_amounts=[],
        discountable=not proration, discounts=[], livemode=False, metadata={}, parent=parent,
        period={"start": start, "end": end}, pretax_credit_amounts=[], pricing=pricing, quantity=quantity,
        quantity_decimal=str(quantity), subscription=subscription, subtotal=amount, taxes=[],
    )  # fmt: skip


def draw_up(
    store: Store, customer: Obj, lines: list[Obj], *, reason: str, subscription: Obj | None = None, **more: Any
) -> Obj:
    """A draft. What the customer has as credit is taken off when it is finalized."""
    ident, total = new_id("in"), sum(one["amount"] for one in lines)
    lines = [one | {"invoice": ident} for one in lines]
    start = min((one["period"]["start"] for one in lines), default=store.now())
    end = max((one["period"]["end"] for one in lines), default=store.now())
    parent = None
    if subscription:
        details = {"subscription": subscription["id"], "metadata": dict(subscription["metadata"])}
        parent = shape(stripe.Invoice.Parent, type="subscription_details",
                       subscription_details=shape(stripe.Invoice.Parent.SubscriptionDetails, **details))  # fmt: skip
    made = store.create(
        "invoice",
        id=ident,
        amount_due=max(total, 0),
        amount_overpaid=0,
        amount_paid=0,
        amount_remaining=max(total, 0),
        amount_shipping=0,
        attempt_count=0,
        attempted=False,
        auto_advance=True,
        automatic_tax=shape(stripe.Invoice.AutomaticTax, enabled=False),
        billing_reason=reason,
        collection_method="charge_automatically",
        currency=lines[0]["currency"] if lines else "usd",
        customer=customer["id"],
        customer_address=customer.get("address"),
        customer_email=customer.get("email"),
        customer_name=customer.get("name"),
        customer_tax_exempt="none",
        customer_tax_ids=customers.tax_id_pairs(store, customer),
        default_payment_method=subscription and subscription["default_payment_method"],
        default_tax_rates=[],
        discounts=[],
        issuer=shape(stripe.Invoice.Issuer, type="self"),
        lines=page(lines, f"/v1/invoices/{ident}/lines"),
        metadata={},
        parent=parent,
        payment_settings=shape(stripe.Invoice.PaymentSettings),
        period_end=end if reason == "subscription_cycle" else store.now(),
        period_start=start if reason == "subscription_cycle" else store.now(),
        post_payment_credit_notes_amount=0,
        pre_payment_credit_notes_amount=0,
        starting_balance=0,
        status="draft",
        status_transitions=shape(stripe.Invoice.StatusTransitions),
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_discount_amounts=[],
        total_excluding_tax=total,
        total_pretax_credit_amounts=[],
        total_taxes=[],
        **more,
    )
    _note(store, made)
    store.emit("invoice.created", made)
    return made


def finalize(store: Store, one: Obj) -> Obj:
    """It gets its number and its pages, and what is due: less the credit of the customer, or more credit for them."""
    customer = store.get("customer", one["customer"])
    balance, number = customer["balance"], customer["next_invoice_sequence"]
    due = max(one["total"] + balance, 0)
    customer["next_invoice_sequence"] = number + 1
    store.change(customer, "customer.updated", balance=balance + one["total"] - due)
    return store.change(
        one,
        "invoice.finalized",
        amount_due=due,
        amount_remaining=due,
        effective_at=store.now(),
        ending_balance=customer["balance"],
        hosted_invoice_url=f"{store.url}/invoice/{one['id']}",
        invoice_pdf=f"{store.url}/invoice/{one['id']}/pdf",
        number=f"{customer['invoice_prefix']}-{number:04}",
        starting_balance=balance,
        status="open",
        status_transitions=one["status_transitions"] | {"finalized_at": store.now()},
    )


def payment_of(store: Store, one: Obj) -> Obj | None:
    """The payment that the invoice waits for, or was paid by."""
    return next(store.all("invoice_payment", invoice=one["id"]), None)


def intent_of(store: Store, one: Obj) -> Obj:
    """The intent that pays the invoice; one for all attempts."""
    if payment := payment_of(store, one):
        return store.get("payment_intent", payment["payment"]["payment_intent"])
    first = one["billing_reason"] == "subscription_create"
    made = payments.intent(
        store,
        amount=one["amount_remaining"],
        currency=one["currency"],
        customer=one["customer"],
        description="Subscription creation" if first else "Subscription update",
        setup_future_usage="off_session" if one["parent"] else None,
        _invoice=one["id"],
    )
    store.create(
        "invoice_payment",
        amount_requested=one["amount_remaining"],
        currency=one["currency"],
        invoice=one["id"],
        is_default=True,
        payment=shape(stripe.InvoicePayment.Payment, type="payment_intent", payment_intent=made["id"]),
        status="open",
        status_transitions=shape(stripe.InvoicePayment.StatusTransitions),
    )
    return made


def collect(
    store: Store,
    one: Obj,
    method: Obj | None = None,
    *,
    off_session: bool = True,
    proved: bool = False,
    by_itself: bool = False,
) -> str:
    """Try to have it paid; returns why not, or "".

    `by_itself`: an attempt of the time-table, which is counted and followed by the next one. One that somebody makes
    by hand moves nothing.
    """
    if not one["amount_remaining"]:
        _mark_paid(store, one)
        return ""
    customer = store.get("customer", one["customer"])
    subscription = store.objects["subscription"].get(subscription_id(one) or "")
    method = method or methods.default_of(store, customer, subscription)
    intent = intent_of(store, one)
    why = payments.confirm(store, intent, method, off_session=off_session, proved=proved) if method else "no_card"
    one["attempt_count"] += int(by_itself or not one["attempted"])
    one["attempted"] = True
    if not why:
        _mark_paid(store, one)
        return ""
    if why in {"ask", "authentication_required"}:
        store.emit("invoice.payment_action_required", one)
    if why != "ask":
        if by_itself:
            _plan_next(store, one)
        store.emit("invoice.payment_failed", one)
    return why


def subscription_id(one: Obj) -> str | None:
    return str(one["parent"]["subscription_details"]["subscription"]) if one["parent"] else None


def _mark_paid(store: Store, one: Obj) -> None:
    if payment := payment_of(store, one):
        store.change(
            payment, amount_paid=one["amount_remaining"], status="paid",
            status_transitions=payment["status_transitions"] | {"paid_at": store.now()},
        )  # fmt: skip
        store.emit("invoice_payment.paid", payment)
    store.change(
        one, "invoice.paid", amount_paid=one["amount_due"], amount_remaining=0, attempted=True, auto_advance=False,
        next_payment_attempt=None, status="paid",
        status_transitions=one["status_transitions"] | {"paid_at": store.now()},
    )  # fmt: skip
    store.emit("invoice.payment_succeeded", one)
    for follow in AFTER_PAID:
        follow(store, one)


def _plan_next(store: Store, one: Obj) -> None:
    attempt = one["attempt_count"]
    one["next_payment_attempt"] = store.now() + RETRIES[attempt - 1] if attempt <= len(RETRIES) else None


AFTER_PAID: list[Callable[[Store, Obj], None]] = []
"""What else follows from a paid invoice; subscriptions register theirs."""


def void(store: Store, one: Obj, status: str = "void") -> Obj:
    if payment := payment_of(store, one):
        intent = store.get("payment_intent", payment["payment"]["payment_intent"])
        if status == "void" and intent["status"] in payments.OPEN:
            payments.void(store, intent, "void_invoice")
            store.change(payment, status="canceled")
    moment = "voided_at" if status == "void" else "marked_uncollectible_at"
    return store.change(
        one, f"invoice.{'voided' if status == 'void' else 'marked_uncollectible'}", status=status,
        next_payment_attempt=None, auto_advance=False,
        status_transitions=one["status_transitions"] | {moment: store.now()},
    )  # fmt: skip


# --- what waits for the next invoice ----------------------------------------------------------------------------------


def wait(store: Store, customer: Obj, entry: Obj) -> Obj:
    """Keep a line for the next invoice of the customer."""
    return store.create(
        "invoiceitem", event="invoiceitem.created", amount=entry["amount"], currency=entry["currency"],
        customer=customer["id"], date=store.now(), description=entry["description"], discountable=False,
        metadata={}, net_amount=entry["amount"], period=entry["period"], proration=True, quantity=entry["quantity"],
        quantity_decimal=str(entry["quantity"]), pricing=entry["pricing"], discounts=[], tax_rates=[], _line=entry,
    )  # fmt: skip


def take_pending(store: Store, customer: Obj) -> list[Obj]:
    """The lines that wait; the invoice that takes them is noted when it is drawn up."""
    waiting = list(store.all("invoiceitem", customer=customer["id"], invoice=None))
    return [one["_line"] | {"_item": one["id"]} for one in waiting]


def _note(store: Store, invoice: Obj) -> None:
    for entry in invoice["lines"]["data"]:
        if "_item" in entry:
            store.get("invoiceitem", entry["_item"])["invoice"] = invoice["id"]
