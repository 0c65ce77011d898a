"""The fake’s payments by the API, refunds and disputes."""

from typing import Any

import pytest
import stripe

from tests.fakestripe.control import Fake


@pytest.fixture
def api(fake: Fake) -> Any:
    return fake.client()


@pytest.fixture
def paid(api, fake: Fake) -> str:
    """The intent of a payment of $25.00."""
    customer = api.v1.customers.create({}).id
    card = api.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    made = api.v1.payment_intents.create({
        "amount": 2500, "currency": "usd", "customer": customer, "payment_method": card, "confirm": True,
        "off_session": True})  # fmt: skip
    fake.take()
    return str(made.id)


def test_a_part_and_then_the_rest_goes_back(api, fake: Fake, paid: str) -> None:
    first = api.v1.refunds.create({"payment_intent": paid, "amount": 1000, "metadata": {"purchase": "p"}})
    assert (first.status, first.metadata["purchase"]) == ("succeeded", "p")
    charge = api.v1.charges.retrieve(first.charge)
    assert (charge.amount_refunded, charge.refunded) == (1000, False)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        api.v1.refunds.create({"payment_intent": paid, "amount": 1501})
    fake.refund(paid)
    charge = api.v1.charges.retrieve(first.charge, {"expand": ["refunds"]})
    assert charge.refunded and [one.amount for one in charge.refunds.data] == [1500, 1000]
    with pytest.raises(stripe.InvalidRequestError) as again:
        api.v1.refunds.create({"payment_intent": paid})
    assert again.value.code == "charge_already_refunded"
    assert [letter.type for letter in fake.take()] == ["charge.refunded", "refund.created"] * 2


@pytest.mark.parametrize(("won", "status"), [(True, "won"), (False, "lost")])
def test_a_dispute_is_opened_and_closed(api, fake: Fake, paid: str, won: bool, status: str) -> None:
    opened = fake.dispute(paid)
    assert api.v1.disputes.list({"payment_intent": paid}).data[0].status == "needs_response"
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        api.v1.refunds.create({"payment_intent": paid})
    fake.close_dispute(opened["id"], won=won)
    assert api.v1.disputes.retrieve(opened["id"]).status == status
    with pytest.raises(ValueError, match="already"):
        fake.close_dispute(opened["id"], won=True)
    kinds = [letter.type for letter in fake.take()]
    assert "charge.dispute.created" in kinds and "charge.dispute.closed" in kinds
    assert ("charge.dispute.funds_reinstated" in kinds) == won


def test_amounts_are_refused_that_cannot_be(api) -> None:
    for amount in (0, -5, 100_000_000):
        with pytest.raises(stripe.InvalidRequestError):
            api.v1.payment_intents.create({"amount": amount, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="currency"):
        api.v1.payment_intents.create({"amount": 100, "currency": "doge"})


def test_an_intent_is_paid_at_the_bank_or_canceled(api, fake: Fake) -> None:
    sent = {"amount": 2500, "currency": "usd", "payment_method": "pm_card_authenticationRequired", "confirm": True}
    asked = api.v1.payment_intents.create(sent | {"return_url": "http://shop.test/back"})
    assert asked.status == "requires_action"
    answer = fake.post(asked.next_action.redirect_to_url.url, answer="pass")
    assert answer.headers["location"] == "http://shop.test/back"
    assert api.v1.payment_intents.retrieve(asked.id).status == "succeeded"
    other = api.v1.payment_intents.create(sent)
    assert api.v1.payment_intents.cancel(other.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        api.v1.payment_intents.confirm(other.id)


def test_a_refund_may_fail(api, fake: Fake, paid: str) -> None:
    made = fake.refund(paid, 1000)
    fake.fail_refund(made["id"])
    assert api.v1.refunds.retrieve(made["id"]).status == "failed"
    assert api.v1.charges.retrieve(made["charge"]).amount_refunded == 0
    assert [letter.type for letter in fake.take()][-2:] == ["refund.updated", "refund.failed"]


def test_a_card_is_kept_after_the_bank_was_asked(api, fake: Fake) -> None:
    customer = api.v1.customers.create({}).id
    sent = {"customer": customer, "payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True}
    assert api.v1.setup_intents.create(sent | {"payment_method": "pm_card_visa"}).status == "succeeded"
    for answer, status in (("fail", "requires_payment_method"), ("pass", "succeeded")):
        asked = api.v1.setup_intents.create(sent | {"return_url": "http://shop.test/back"})
        fake.post(asked.next_action.redirect_to_url.url, answer=answer)
        assert api.v1.setup_intents.retrieve(asked.id).status == status
    assert len(api.v1.customers.payment_methods.list(customer).data) == 2
