"""Every answer of the fake has the fields that the installed SDK declares, and no others."""

import re
from typing import Any

import pytest
import stripe

from tests.fakestripe.control import Fake
from tests.fakestripe.shapes import problems, problems_of
from tests.fakestripe.store import KINDS

LISTS = {
    "customer": "customers", "product": "products", "price": "prices", "checkout.session": "checkout/sessions",
    "subscription": "subscriptions?status=all", "invoice": "invoices", "invoice_payment": "invoice_payments",
    "payment_intent": "payment_intents", "setup_intent": "setup_intents", "payment_method": "payment_methods",
    "charge": "charges", "refund": "refunds", "dispute": "disputes", "event": "events",
    "billing_portal.configuration": "billing_portal/configurations", "invoiceitem": "invoiceitems",
}  # fmt: skip


@pytest.fixture
def told(fake: Fake) -> Fake:
    """A fake to which everything has happened once."""
    api = fake.client()
    product = api.v1.products.create({"name": "Team"}).id
    month: Any = {"product": product, "currency": "usd", "unit_amount": 3000, "recurring": {"interval": "month"}}
    price = api.v1.prices.create(month).id
    customer = api.v1.customers.create({"email": "ada@example.org", "name": "Ada"}).id
    for card in ("4242424242424242", "4000002500003155", "4000000000000341"):
        session = api.v1.checkout.sessions.create({
            "mode": "subscription", "customer": customer, "line_items": [{"price": price, "quantity": 2}],
            "success_url": "http://shop.test/ok", "cancel_url": "http://shop.test/no",
            "tax_id_collection": {"enabled": True}, "customer_update": {"name": "auto"}})  # fmt: skip
        fake.pay(session.url or "", card, line1="A 1", city="B", tax_kind="eu_vat", tax_id="DE123456789")
    first = api.v1.subscriptions.list({"customer": customer}).data[-1]
    api.v1.subscriptions.update(first.id, {"items": [{"id": first["items"].data[0].id, "quantity": 5}]})
    trial: Any = {"customer": customer, "items": [{"price": price}], "trial_period_days": 60}
    api.v1.subscriptions.create(trial)
    _pay_once(api, fake, customer)
    api.v1.billing_portal.sessions.create({"customer": customer, "return_url": "http://shop.test/back"})
    return fake


def _pay_once(api: stripe.StripeClient, fake: Fake, customer: str) -> None:
    credit: Any = {"price_data": {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Credit"}}}
    for _ in range(2):
        session = api.v1.checkout.sessions.create({
            "mode": "payment", "customer": customer, "line_items": [credit], "success_url": "http://shop.test/ok",
            "payment_intent_data": {"setup_future_usage": "off_session"}})  # fmt: skip
        with pytest.raises(ValueError, match="declined"):
            fake.pay(session.url or "", "4000000000000002")
        fake.pay(session.url or "")
    setup: Any = {"mode": "setup", "customer": customer, "currency": "usd", "success_url": "http://shop.test/ok"}
    fake.pay(api.v1.checkout.sessions.create(setup).url or "")
    asking: Any = {
        "amount": 100,
        "currency": "usd",
        "payment_method": "pm_card_authenticationRequired",
        "confirm": True,
    }
    api.v1.payment_intents.create(asking)
    newest, other, *_ = [one for one in api.v1.payment_intents.list({"customer": customer}).data if one.amount == 2500]
    fake.refund(newest.id, 1000)
    fake.dispute(other.id)


def faults(fake: Fake) -> list[str]:
    """What is wrong, each sort once."""
    found = []
    for path in LISTS.values():
        page = fake.http.get(f"/v1/{path}{'&' if '?' in path else '?'}limit=100").json()
        assert page["data"], path
        found += problems_of(page)
        events = [one for one in page["data"] if one["object"] == "event"]
        found += [line for one in events for line in problems_of(one["data"]["object"])]
    return sorted({re.sub(r"\[\d+\]", "", line) for line in found})


def test_every_answer_is_as_the_sdk_declares(told: Fake) -> None:
    assert faults(told) == []
    told.webhooks("hold")
    told.advance(days=31)
    told.client().v1.subscriptions.cancel(told.client().v1.subscriptions.list().data[-1].id)
    told.advance(days=40)
    assert faults(told) == []


def test_nothing_is_left_out(told: Fake) -> None:
    counted = told.state()
    assert [kind for kind in KINDS if not counted[kind]] == []
    assert KINDS.keys() - LISTS.keys() == {"tax_id", "billing_portal.session"}
    customer = told.client().v1.customers.list().data[0].id
    assert problems_of(told.http.get(f"/v1/customers/{customer}/tax_ids").json()) == []
    portal = told.http.post("/v1/billing_portal/sessions", data={"customer": customer}).json()
    assert problems_of(portal) == []


def test_what_is_expanded_is_so_too(told: Fake) -> None:
    for path, fields in [
        ("subscriptions", ["data.latest_invoice.payments", "data.customer.tax_ids", "data.default_payment_method"]),
        ("checkout/sessions", ["data.line_items", "data.payment_intent.latest_charge.refunds"]),
        ("invoices", ["data.payments", "data.customer"]),
    ]:
        page = told.http.get(f"/v1/{path}", params={f"expand[{n}]": field for n, field in enumerate(fields)}).json()
        assert page["data"], path
        assert problems_of(page) == []


def test_the_comparison_finds_what_is_wrong(told: Fake) -> None:
    whole = told.http.get("/v1/subscriptions?limit=1").json()["data"][0]
    assert problems_of(whole) == []
    for change, said in [
        ({"current_period_end": 1}, "current_period_end: not known to Subscription"),
        ({"status": "fine"}, "'fine' is none of"),
        ({"created": "today"}, "'today' is no int"),
        ({"cancel_at_period_end": None}, "None is no bool"),
        ({"items": {"object": "list", "data": [{}], "has_more": False, "url": ""}}, "items[0].price: missing"),
    ]:
        assert any(said in line for line in problems_of(whole | change)), said
    del whole["start_date"]
    assert problems_of(whole) == ["subscription.start_date: missing in Subscription"]
    assert problems({"object": "price"}, stripe.Price)
