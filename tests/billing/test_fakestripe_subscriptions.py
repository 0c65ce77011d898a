"""The fake's subscriptions: what time does to them, and what a change costs to the cent."""

import datetime
from typing import Any

import pytest
import stripe

from tests.fakestripe.control import Fake

LATER_DECLINED, ASKS_ALWAYS = "4000000000000341", "4000002760003184"
NEW_YEAR = int(datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC).timestamp())
END_OF_MONTH = int(datetime.datetime(2027, 1, 31, tzinfo=datetime.UTC).timestamp())


@pytest.fixture
def api(fake: Fake) -> Any:
    fake.freeze(NEW_YEAR)
    return fake.client()


@pytest.fixture
def prices(api) -> dict[str, str]:
    product = api.v1.products.create({"name": "Team"}).id

    def price(cents: int, interval: str) -> str:
        sent = {"product": product, "currency": "usd", "unit_amount": cents, "recurring": {"interval": interval}}
        return str(api.v1.prices.create(sent).id)

    return {"month": price(3000, "month"), "more": price(6000, "month"), "year": price(30000, "year")}


@pytest.fixture
def begin(api, fake: Fake, prices):
    """`begin(seats=3, card=…)` is a subscription that was paid for on the page."""

    def subscribe(*, seats: int = 1, price: str = "month", card: str = "4242424242424242", **data: Any) -> Any:
        customer = api.v1.customers.create({"email": "ada@example.org"}).id
        session = api.v1.checkout.sessions.create({
            "mode": "subscription", "customer": customer, "success_url": "http://shop.test/ok",
            "line_items": [{"price": prices[price], "quantity": seats}]} | data)  # fmt: skip
        fake.pay(session.url, card)
        fake.take(all=True)
        return read(api, api.v1.checkout.sessions.retrieve(session.id).subscription)

    return subscribe


def read(api, ident: str) -> Any:
    return api.v1.subscriptions.retrieve(ident)


def item(subscription: Any) -> Any:
    return subscription["items"].data[0]


def invoices(api, subscription: Any) -> list[Any]:
    """From old to new."""
    found: list[Any] = api.v1.invoices.list({"subscription": subscription.id}).data
    return found[::-1]


def kinds(fake: Fake) -> list[str]:
    return [letter.type for letter in fake.take(all=True)]


def test_it_renews_each_month(api, fake: Fake, begin) -> None:
    made = begin(seats=2)
    fake.advance(days=365)
    assert read(api, made.id).status == "active"
    assert [one.amount_paid for one in api.v1.invoices.list({"limit": 100}).data] == [6000] * 13
    assert item(read(api, made.id)).current_period_end == NEW_YEAR + (365 + 31) * 86400


def test_the_31st_is_the_last_of_a_month(api, fake: Fake, begin) -> None:
    fake.advance_to(END_OF_MONTH)
    made = begin()
    ends = []
    for _ in range(3):
        ends.append(datetime.datetime.fromtimestamp(item(read(api, made.id)).current_period_end, datetime.UTC))
        fake.advance_to(int(ends[-1].timestamp()))
    assert [(end.month, end.day) for end in ends] == [(2, 28), (3, 31), (4, 30)]


def test_it_fails_tries_again_and_ends(api, fake: Fake, begin) -> None:
    made = begin(card=LATER_DECLINED)
    fake.advance(days=31)
    assert read(api, made.id).status == "past_due"
    late = invoices(api, made)[-1]
    assert (late.status, late.attempt_count, late.next_payment_attempt) == ("open", 1, fake.now + 3 * 86400)
    assert "invoice.payment_failed" in kinds(fake)
    fake.advance(days=8)
    assert invoices(api, made)[-1].attempt_count == 3
    fake.advance(days=7)
    ended = read(api, made.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert kinds(fake)[-1] == "customer.subscription.deleted"


def test_it_is_left_unpaid_where_the_site_says_so(api, fake: Fake, begin) -> None:
    fake.turn("settings", after_dunning="unpaid")
    made = begin(card=LATER_DECLINED)
    fake.advance(days=31 + 16)
    assert read(api, made.id).status == "unpaid"
    fake.advance(days=31)
    assert [one.status for one in invoices(api, made)] == ["paid", "open", "draft"]


def test_a_new_card_brings_it_back(api, fake: Fake, begin) -> None:
    made = begin(card=LATER_DECLINED)
    fake.advance(days=31)
    portal = api.v1.billing_portal.sessions.create({"customer": made.customer, "return_url": "http://shop.test/back"})
    card = {"act": "card", "expiry": "12/34", "cvc": "123"}
    assert "Your card was declined" in fake.post(portal.url, number="4000000000000002", **card).text
    assert read(api, made.id).status == "past_due"
    assert fake.post(portal.url, number="4242424242424242", **card).is_redirect
    assert read(api, made.id).status == "active"
    assert invoices(api, made)[-1].status == "paid"
    fake.advance(days=31)
    assert read(api, made.id).status == "active"


def test_an_open_invoice_is_paid_on_its_page(api, fake: Fake, begin) -> None:
    made = begin(card=ASKS_ALWAYS)
    fake.take()
    fake.advance(days=31)
    assert "invoice.payment_action_required" in kinds(fake)
    late = invoices(api, made)[-1]
    first = fake.post(late.hosted_invoice_url, number=ASKS_ALWAYS, expiry="1234", cvc="123")
    assert fake.post(first.headers["location"], answer="pass").headers["location"] == late.hosted_invoice_url
    assert (invoices(api, made)[-1].status, read(api, made.id).status) == ("paid", "active")
    assert "Paid" in fake.http.get(late.hosted_invoice_url).text
    assert fake.http.get(late.invoice_pdf).content.startswith(b"%PDF")


def test_it_ends_with_its_period_or_goes_on(api, fake: Fake, begin) -> None:
    made = begin()
    ending = api.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert ending.cancel_at == item(made).current_period_end
    assert api.v1.subscriptions.update(made.id, {"cancel_at_period_end": False}).cancel_at is None
    fake.advance(days=31)
    assert read(api, made.id).status == "active"
    api.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    fake.advance(days=28)
    assert read(api, made.id).status == "canceled"
    assert len(invoices(api, made)) == 2
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        api.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})


def test_seats_are_paid_for_the_rest_of_the_month(api, fake: Fake, begin) -> None:
    made = begin(seats=2)
    fake.advance(days=15.5)
    api.v1.subscriptions.update(made.id, {
        "items": [{"id": item(made).id, "quantity": 5}], "proration_behavior": "always_invoice"})  # fmt: skip
    bill = invoices(api, made)[-1]
    assert [line.amount for line in bill.lines.data] == [-3000, 7500]
    assert all(line.parent.subscription_item_details.proration for line in bill.lines.data)
    assert (bill.amount_paid, bill.billing_reason, bill.status) == (4500, "subscription_update", "paid")
    fake.advance(days=15.5)
    assert invoices(api, made)[-1].amount_paid == 15000


def test_a_change_waits_for_the_next_invoice(api, fake: Fake, begin) -> None:
    made = begin(seats=3)
    fake.advance(days=15.5)
    api.v1.subscriptions.update(made.id, {"items": [{"id": item(made).id, "quantity": 1}]})
    assert len(invoices(api, made)) == 1
    fake.advance(days=15.5)
    assert [line.amount for line in invoices(api, made)[-1].lines.data] == [-4500, 1500, 3000]
    assert invoices(api, made)[-1].amount_paid == 0
    assert api.v1.customers.retrieve(made.customer).balance == 0


def test_what_is_unused_becomes_credit(api, fake: Fake, begin) -> None:
    made = begin(seats=5)
    fake.advance(days=15.5)
    api.v1.subscriptions.update(made.id, {
        "items": [{"id": item(made).id, "quantity": 1}], "proration_behavior": "always_invoice"})  # fmt: skip
    assert (invoices(api, made)[-1].total, invoices(api, made)[-1].amount_due) == (-6000, 0)
    assert api.v1.customers.retrieve(made.customer).balance == -6000
    fake.advance(days=15.5)
    assert (invoices(api, made)[-1].total, invoices(api, made)[-1].amount_due) == (3000, 0)
    assert api.v1.customers.retrieve(made.customer).balance == -3000


def test_another_interval_begins_a_new_period(api, fake: Fake, begin, prices) -> None:
    made = begin()
    fake.advance(days=15.5)
    api.v1.subscriptions.update(made.id, {"items": [{"id": item(made).id, "price": prices["year"]}]})
    bill = invoices(api, made)[-1]
    assert [line.amount for line in bill.lines.data] == [-1500, 30000]
    assert bill.amount_paid == 28500
    assert item(read(api, made.id)).current_period_end == fake.now + 365 * 86400


def test_a_change_that_nobody_pays_for_is_not_made(api, fake: Fake, begin) -> None:
    made = begin(card=LATER_DECLINED)
    change = {"items": [{"id": item(made).id, "quantity": 9}], "proration_behavior": "always_invoice"}
    with pytest.raises(stripe.CardError, match="declined"):
        api.v1.subscriptions.update(made.id, change | {"payment_behavior": "error_if_incomplete"})
    assert item(read(api, made.id)).quantity == 1
    api.v1.subscriptions.update(made.id, change)
    assert (item(read(api, made.id)).quantity, read(api, made.id).status) == (9, "past_due")


def test_one_that_is_never_paid_expires(api, fake: Fake, prices) -> None:
    customer = api.v1.customers.create({"email": "ada@example.org"}).id
    card = api.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    sent = {"customer": customer, "items": [{"price": prices["month"]}], "default_payment_method": card}
    with pytest.raises(stripe.CardError):
        api.v1.subscriptions.create(sent | {"payment_behavior": "error_if_incomplete"})
    assert fake.state()["subscription"] == 0
    made = api.v1.subscriptions.create(sent)
    assert made.status == "incomplete"
    fake.advance(hours=23)
    assert read(api, made.id).status == "incomplete_expired"
    assert invoices(api, made)[0].status == "void"


def test_an_incomplete_one_is_paid_after_all(api, prices) -> None:
    customer = api.v1.customers.create({"email": "ada@example.org"}).id
    made = api.v1.subscriptions.create({
        "customer": customer, "items": [{"price": prices["month"]}], "payment_behavior": "default_incomplete",
        "expand": ["latest_invoice.payments"]})  # fmt: skip
    assert made.status == "incomplete"
    card = api.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    api.v1.invoices.pay(made.latest_invoice.id, {"payment_method": card})
    assert read(api, made.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="Invoice is paid"):
        api.v1.invoices.pay(made.latest_invoice.id)


def test_a_trial_is_told_of_and_ends(api, fake: Fake, prices) -> None:
    customer = api.v1.customers.create({"email": "ada@example.org"}).id
    made = api.v1.subscriptions.create({
        "customer": customer, "items": [{"price": prices["month"]}], "trial_period_days": 30,
        "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}})  # fmt: skip
    fake.take()
    fake.advance(days=28)
    assert kinds(fake) == ["customer.subscription.trial_will_end"]
    fake.advance(days=2)
    assert read(api, made.id).status == "canceled"


def test_items_are_changed_by_themselves_too(api, begin) -> None:
    made = begin(seats=2)
    assert api.v1.subscription_items.update(item(made).id, {"quantity": 4}).quantity == 4
    assert api.v1.subscription_items.list({"subscription": made.id}).data[0].quantity == 4
    with pytest.raises(stripe.InvalidRequestError, match="at least one active item"):
        api.v1.subscription_items.delete(item(made).id)


def test_it_ends_at_once(api, fake: Fake, begin) -> None:
    made = begin()
    fake.advance(days=15.5)
    ended = api.v1.subscriptions.cancel(made.id, {"prorate": True, "invoice_now": True})
    assert (ended.status, ended.ended_at) == ("canceled", fake.now)
    assert api.v1.customers.retrieve(made.customer).balance == -1500
    assert api.v1.subscriptions.list({"customer": made.customer}).data == []
    assert len(api.v1.subscriptions.list({"customer": made.customer, "status": "all"}).data) == 1


def test_the_portal_does_what_it_offers(api, fake: Fake, begin, prices) -> None:
    made = begin()
    portal = api.v1.billing_portal.sessions.create({"customer": made.customer, "return_url": "http://shop.test/back"})
    page = fake.http.get(portal.url).text
    assert 'href="http://shop.test/back"' in page and "Test mode" in page and "Cancel subscription" in page
    fake.post(portal.url, act="cancel", subscription=made.id)
    assert read(api, made.id).cancel_at_period_end
    fake.post(portal.url, act="resume", subscription=made.id)
    assert not read(api, made.id).cancel_at_period_end
    fake.post(portal.url, act="switch", subscription=made.id, price=prices["year"])
    assert item(read(api, made.id)).price.id == prices["year"]
    assert "Enter your street" in fake.post(portal.url, act="address", country="DE").text
    fake.post(portal.url, act="address", name="Ada", line1="A 1", city="B", country="DE", tax_kind="eu_vat",
              tax_id="DE123456789")  # fmt: skip
    found = api.v1.customers.retrieve(made.customer, {"expand": ["tax_ids"]})
    assert (found.address.city, found.tax_ids.data[0].value) == ("B", "DE123456789")


def test_the_portal_does_not_do_what_is_off(api, fake: Fake, begin, prices) -> None:
    made = begin()
    only = api.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    portal = api.v1.billing_portal.sessions.create({"customer": made.customer, "configuration": only.id})
    assert "Cancel" not in fake.http.get(portal.url).text
    assert fake.post(portal.url, act="cancel", subscription=made.id).status_code == 400
    assert not read(api, made.id).cancel_at_period_end
    other = begin()
    everything = api.v1.billing_portal.sessions.create({"customer": made.customer})
    assert fake.post(everything.url, act="cancel", subscription=other.id).status_code == 400
    assert not read(api, other.id).cancel_at_period_end
