"""The fake of Stripe speaks as Stripe does: forms, errors, pages of lists, idempotency."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stripe

from tests.fakestripe.control import DAY, Fake
from tests.live import ROOT


@pytest.fixture
def api(fake: Fake) -> Any:
    return fake.client()


def raw(fake: Fake, path: str, key: str, **fields: str) -> httpx.Response:
    return fake.http.post(path, data=fields, headers={"Idempotency-Key": key})


def test_it_keeps_what_was_sent(api) -> None:
    made = api.v1.customers.create(
        {"email": "ada@example.org", "metadata": {"workspace": "w"}, "address": {"city": "X"}}
    )
    api.v1.customers.update(made.id, {"metadata": {"more": "m"}, "name": "Ada"})
    found = api.v1.customers.retrieve(made.id)
    assert (found.email, found.name) == ("ada@example.org", "Ada")
    assert found.metadata and found.metadata.to_dict() == {"workspace": "w", "more": "m"}
    assert found.address and found.address.city == "X"
    api.v1.customers.delete(made.id)
    assert api.v1.customers.retrieve(made.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        api.v1.customers.update(made.id, {"name": "Eve"})


def test_it_keeps_tax_ids(api) -> None:
    made = api.v1.customers.create({"tax_id_data": [{"type": "eu_vat", "value": "DE123456789"}]})
    api.v1.customers.tax_ids.create(made.id, {"type": "us_ein", "value": "12-3456789"})
    found = api.v1.customers.tax_ids.list(made.id).data
    assert [tax.type for tax in found] == ["us_ein", "eu_vat"]
    api.v1.customers.tax_ids.delete(made.id, found[0].id)
    with_them = api.v1.customers.retrieve(made.id, {"expand": ["tax_ids"]})
    assert with_them.tax_ids and [tax.country for tax in with_them.tax_ids.data] == ["DE"]


def test_it_says_what_is_wrong_in_the_envelope(api, fake: Fake) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        api.v1.customers.retrieve("cus_nobody")
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (404, "resource_missing", "id")
    assert missing.value.request_id and missing.value.request_id.startswith("req_")
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: nmae"):
        api.v1.customers.create({"nmae": "Ada"})
    with pytest.raises(stripe.InvalidRequestError, match="Invalid integer"):
        api.v1.customers.list({"limit": 1000})
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_test_other", base_addresses={"api": fake.url}).v1.customers.list()
    with pytest.raises(stripe.InvalidRequestError, match="not 2020-01-01"):
        api.v1.customers.list(options={"stripe_version": "2020-01-01"})


def test_lists_have_pages_and_filters(api, fake: Fake) -> None:
    fake.freeze()
    for number in range(25):
        api.v1.customers.create({"email": f"{number % 2}@example.org"})
        fake.advance(seconds=10)
    assert len(list(api.v1.customers.list({"limit": 10}).auto_paging_iter())) == 25
    first = api.v1.customers.list({"limit": 10, "email": "1@example.org"})
    assert first.has_more and len(first.data) == 10
    assert first.data[0].created > first.data[1].created
    rest = api.v1.customers.list({"limit": 10, "email": "1@example.org", "starting_after": first.data[-1].id})
    assert not rest.has_more and len(rest.data) == 2
    late = api.v1.customers.list({"created": {"gte": fake.now - 30, "lt": fake.now - 10}})
    assert len(late.data) == 2


def test_prices_are_found_by_lookup_key(api) -> None:
    product = api.v1.products.create({"name": "Super"})
    first = api.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 3000, "lookup_key": "super"})
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        api.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 1, "lookup_key": "super"})
    second = api.v1.prices.create({
        "product": product.id, "currency": "usd", "unit_amount": 4000, "lookup_key": "super",
        "transfer_lookup_key": True})  # fmt: skip
    found = api.v1.prices.list({"lookup_keys": ["super", "other"], "active": True, "expand": ["data.product"]})
    assert [price.id for price in found.data] == [second.id] != [first.id]
    assert isinstance(found.data[0].product, stripe.Product)


def test_a_key_gives_its_answer_again(fake: Fake) -> None:
    first = raw(fake, "/v1/customers", "k", email="ada@example.org")
    again = raw(fake, "/v1/customers", "k", email="ada@example.org")
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = raw(fake, "/v1/customers", "k", email="eve@example.org")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert fake.state()["customer"] == 1
    fake.advance(days=1, seconds=1)
    assert raw(fake, "/v1/customers", "k", email="eve@example.org").status_code == 200


def test_a_key_in_use_is_a_conflict(fake: Fake) -> None:
    fake.turn("settings", delay=0.3)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: raw(fake, "/v1/customers", "k", email="a@example.org").status_code, range(2)))
    assert sorted(answers) == [200, 409]


def test_the_sdk_retries_a_conflict(fake: Fake) -> None:
    fake.turn("settings", delay=0.2)
    patient = fake.client(max_network_retries=2)
    make = lambda _: patient.v1.customers.create({"email": "a@b.c"}, {"idempotency_key": "k"}).id  # noqa: E731
    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(make, range(2)))) == 1


def test_it_does_not_start_beside_a_live_key() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakestripe", "--port", "1"], cwd=ROOT, text=True, capture_output=True,
        env={"STRIPE_SECRET_KEY": "sk_live_1"}, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "is a live key" in done.stderr
    assert "Traceback" not in done.stderr


def test_events_say_what_was_before(api, fake: Fake) -> None:
    made = api.v1.customers.create({"name": "Ada"})
    api.v1.customers.update(made.id, {"name": "Eve"})
    api.v1.customers.update(made.id, {"name": "Eve"})
    found = api.v1.events.list({"types": ["customer.updated", "customer.deleted"]}).data
    assert len(found) == 1
    assert found[0].data.to_dict()["previous_attributes"] == {"name": "Ada"}
    assert found[0].request and found[0].request.idempotency_key
    assert len(api.v1.events.list({"type": "customer.*", "created": {"gte": fake.now - DAY}}).data) == 2
