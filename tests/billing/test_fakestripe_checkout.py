"""The fake's payment page: cards that pay, cards that do not, and what is said beside the field."""

from typing import Any

import httpx
import pytest
import stripe

from tests.fakestripe.control import Fake

CREDIT = {"price_data": {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Credit"}}, "quantity": 1}


@pytest.fixture
def api(fake: Fake) -> Any:
    return fake.client()


@pytest.fixture
def price(api) -> str:
    product = api.v1.products.create({"name": "Super"})
    made = api.v1.prices.create({
        "product": product.id, "currency": "usd", "unit_amount": 3000, "recurring": {"interval": "month"}})  # fmt: skip
    return str(made.id)


def session(api, **more: Any):
    return api.v1.checkout.sessions.create({
        "mode": "payment", "line_items": [CREDIT], "cancel_url": "http://shop.test/no",
        "success_url": "http://shop.test/ok?session={CHECKOUT_SESSION_ID}"} | more)  # fmt: skip


def test_it_takes_a_payment(api, fake: Fake) -> None:
    made = session(
        api, payment_intent_data={"metadata": {"purchase": "p"}}, metadata={"purchase": "p"}, client_reference_id="r"
    )
    assert (made.status, made.payment_status, made.amount_total) == ("open", "unpaid", 2500)
    assert fake.pay(made.url) == f"http://shop.test/ok?session={made.id}"
    paid = api.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert (paid.status, paid.payment_status, paid.client_reference_id) == ("complete", "paid", "r")
    assert paid.payment_intent.status == "succeeded"
    assert paid.payment_intent.metadata["purchase"] == "p"
    assert paid.payment_intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert paid.line_items.data[0].description == "Credit"
    assert paid.customer_details.email == "payer@example.org"
    kinds = [letter.type for letter in fake.take()]
    assert kinds[-3:] == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_it_is_paid_once(api, fake: Fake) -> None:
    made = session(api)
    fake.pay(made.url)
    again = fake.post(made.url, number="4242424242424242", expiry="1234", cvc="123", name="P", email="a@b.c")
    assert "paid already" in again.text
    assert fake.state()["charge"] == 1


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("4000 0000 0000 0002", "Your card was declined."),
        ("4000000000009995", "Your card has insufficient funds."),
        ("4242424242424241", "Your card number is invalid."),
        ("4111111111111111", "not one of the test cards"),
        ("", "Your card number is invalid."),
    ],
)
def test_it_says_why_a_card_does_not_pay(api, fake: Fake, card: str, said: str) -> None:
    made = session(api)
    with pytest.raises(ValueError, match=said):
        fake.pay(made.url, card)
    assert api.v1.checkout.sessions.retrieve(made.id).status == "open"
    fake.pay(made.url)
    assert api.v1.checkout.sessions.retrieve(made.id).status == "complete"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("expiry", "11/20", "in the past"),
        ("expiry", "13/34", "month and year"),
        ("cvc", "12", "three digits"),
        ("email", "nobody", "e-mail address"),
        ("name", "", "name on the card"),
    ],
)
def test_it_says_what_is_wrong_beside_the_field(api, fake: Fake, field: str, value: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fake.pay(session(api).url, **{field: value})


@pytest.mark.parametrize("card", ["4000002500003155", "4000002760003184"])
def test_the_bank_is_asked(api, fake: Fake, card: str) -> None:
    made = session(api)
    with pytest.raises(ValueError, match="unable to authenticate"):
        fake.pay(made.url, card, bank="fail")
    assert fake.pay(made.url, card).startswith("http://shop.test/ok")
    assert api.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


def test_the_card_is_kept_for_later(api, fake: Fake) -> None:
    customer = api.v1.customers.create({"email": "ada@example.org"}).id
    fake.pay(session(api, customer=customer, payment_intent_data={"setup_future_usage": "off_session"}).url,
             "4000002500003155")  # fmt: skip
    card = api.v1.customers.payment_methods.list(customer).data[0].id
    top_up = {"amount": 1000, "currency": "usd", "customer": customer, "payment_method": card, "off_session": True,
              "confirm": True}  # fmt: skip
    assert api.v1.payment_intents.create(top_up).status == "succeeded"
    fake.pay(session(api, customer=customer, payment_intent_data={"setup_future_usage": "off_session"}).url,
             "4000002760003184")  # fmt: skip
    asking = api.v1.customers.payment_methods.list(customer).data[0].id
    with pytest.raises(stripe.CardError) as refused:
        api.v1.payment_intents.create(top_up | {"payment_method": asking})
    assert refused.value.code == "authentication_required"
    said: Any = refused.value.error
    assert said.payment_intent.status == "requires_payment_method"


def test_a_setup_costs_nothing(api, fake: Fake) -> None:
    customer = api.v1.customers.create({"email": "ada@example.org"}).id
    made = api.v1.checkout.sessions.create({
        "mode": "setup", "customer": customer, "currency": "usd", "success_url": "http://shop.test/ok"})  # fmt: skip
    fake.pay(made.url or "")
    done = api.v1.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent"]})
    assert isinstance(done.setup_intent, stripe.SetupIntent)
    assert done.setup_intent.payment_method == api.v1.customers.payment_methods.list(customer).data[0].id
    assert (done.payment_status, fake.state()["charge"]) == ("no_payment_required", 0)


def test_a_subscription_begins(api, fake: Fake, price: str) -> None:
    customer = api.v1.customers.create({"email": "ada@example.org"}).id
    made = session(
        api, mode="subscription", customer=customer, line_items=[{"price": price, "quantity": 3}],
        subscription_data={"metadata": {"workspace": "w"}}, tax_id_collection={"enabled": True},
        customer_update={"name": "auto", "address": "auto"}, billing_address_collection="required",
    )  # fmt: skip
    with pytest.raises(ValueError, match="Enter your street"):
        fake.pay(made.url)
    fake.pay(made.url, line1="Hauptstr. 1", city="Berlin", country="DE", business="Ada GmbH", tax_kind="eu_vat",
             tax_id="DE123456789")  # fmt: skip
    done = api.v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription", "invoice"]})
    assert (done.subscription.status, done.subscription.metadata["workspace"]) == ("active", "w")
    assert (done.invoice.status, done.invoice.amount_paid, done.invoice.billing_reason) == (
        "paid", 9000, "subscription_create")  # fmt: skip
    assert done.invoice.parent.subscription_details.metadata["workspace"] == "w"
    found = api.v1.customers.retrieve(customer, {"expand": ["tax_ids"]})
    assert found.tax_ids and (found.name, found.tax_ids.data[0].value) == ("Ada GmbH", "DE123456789")


def test_a_trial_costs_nothing_yet(api, fake: Fake, price: str) -> None:
    made = session(api, mode="subscription", line_items=[{"price": price}], subscription_data={"trial_period_days": 14})
    fake.pay(made.url)
    done = api.v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription"]})
    assert (done.payment_status, done.subscription.status) == ("no_payment_required", "trialing")
    fake.advance(days=14, hours=1)
    assert api.v1.subscriptions.retrieve(done.subscription.id).status == "active"
    assert fake.state()["charge"] == 1


def test_it_expires_after_a_day(api, fake: Fake) -> None:
    made, other = session(api), session(api)
    api.v1.checkout.sessions.expire(other.id)
    fake.take()
    fake.advance(days=1, seconds=5)
    assert [letter.type for letter in fake.take()] == ["checkout.session.expired"]
    found = api.v1.checkout.sessions.retrieve(made.id)
    assert (found.status, found.url) == ("expired", None)
    assert "expired" in httpx.get(made.url).text
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        api.v1.checkout.sessions.expire(made.id)


def test_it_refuses_what_does_not_fit(api, price: str) -> None:
    free = {"price_data": {"currency": "usd", "unit_amount": 10, "product_data": {"name": "Crumb"}}}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"line_items": [{"price": price}]}, "recurring price"),
        ({"mode": "subscription"}, "at least one recurring"),
        ({"line_items": [free]}, "at least 50 cents"),
        ({"line_items": []}, "line_items"),
        ({"customer": "cus_nobody"}, "No such customer"),
        ({"subscription_data": {"metadata": {"a": "b"}}}, "subscription_data"),
        ({"expires_at": 1}, "30 minutes"),
    ]
    for more, said in wrong:
        with pytest.raises(stripe.InvalidRequestError, match=said):
            session(api, **more)


def test_the_page_is_strict_and_leads_back(api) -> None:
    page = httpx.get(session(api).url)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'self' http://shop.test" in policy
    assert 'href="http://shop.test/no"' in page.text
    assert "Test mode" in page.text and "no money moves" in page.text
    assert "<script" not in page.text and "style=" not in page.text
    assert httpx.get(session(api).url + "x").status_code == 404


@pytest.mark.parametrize(("paid", "said"), [(True, "succeeded"), (False, "failed")])
def test_a_slow_payment_comes_later_or_not(api, fake: Fake, paid: bool, said: str) -> None:
    fake.turn("settings", slow_payments=True)
    made = session(api)
    fake.pay(made.url)
    waiting = api.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_status, waiting.payment_intent.status) == (
        "complete", "unpaid", "processing")  # fmt: skip
    fake.settle(made.id, paid=paid)
    assert fake.take()[-1].type == f"checkout.session.async_payment_{said}"
    assert (api.v1.checkout.sessions.retrieve(made.id).payment_status == "paid") == paid
