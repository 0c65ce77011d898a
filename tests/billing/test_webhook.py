import json
import time
from typing import Any

import pytest
import stripe as sdk
from django.test import Client, override_settings

from billing.models import StripeEvent
from billing.services import events
from tests.billing.conftest import WEBHOOK

pytestmark = pytest.mark.django_db
SECRET = "whsec_now"


def event(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "evt_1",
        "object": "event",
        "type": "customer.subscription.updated",
        "api_version": "2026-10-28.endive",
    }
    return made | {"created": 1_790_000_000, "data": {"object": {"id": "sub_1", "object": "subscription"}}} | changes


def post(body: str, *, secret: str = SECRET, age: int = 0, header: str | None = None) -> Any:
    stamp = int(time.time()) - age
    signed = sdk.WebhookSignature.generate_signature_header(body, secret, timestamp=stamp) if header is None else header
    with override_settings(STRIPE_WEBHOOK_SECRET=f"whsec_before, {SECRET}"):
        return Client(enforce_csrf_checks=True).post(
            WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": signed}
        )


def test_it_keeps_an_event_once() -> None:
    for _ in range(2):
        assert post(json.dumps(event())).status_code == 200
    kept = StripeEvent.objects.get()
    assert (kept.id, kept.type, kept.object_id) == ("evt_1", "customer.subscription.updated", "sub_1")


def test_it_takes_either_secret_while_one_takes_the_place_of_the_other() -> None:
    assert post(json.dumps(event()), secret="whsec_before").status_code == 200
    assert post(json.dumps(event()), age=299).status_code == 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"secret": "whsec_wrong"}, "missing or wrong"),
        ({"header": ""}, "missing or wrong"),
        ({"header": "t=1,v1=zz"}, "missing or wrong"),
        ({"header": "nonsense"}, "missing or wrong"),
        ({"age": 301}, "more than five minutes old"),
    ],
)
def test_it_refuses_a_wrong_or_old_signature_and_says_so(options: dict[str, Any], said: str) -> None:
    answer = post(json.dumps(event()), **options)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '"x"', "{}", json.dumps({"object": "event"}), json.dumps(event(id=5)),
     json.dumps(event(id="e" * 65)), json.dumps(event(type="a\0")), json.dumps(event(data={})),
     json.dumps(event(created="soon")), json.dumps(event(object="v2.core.event")), json.dumps(event(data=None))],
)  # fmt: skip
def test_it_refuses_what_is_no_event(body: str) -> None:
    answer = post(body)
    assert answer.status_code == 400
    assert not StripeEvent.objects.exists()


def test_it_refuses_what_is_too_large_or_only_looked_at() -> None:
    assert post(json.dumps(event(more="x" * 300_000))).status_code == 413
    assert Client().get(WEBHOOK).status_code == 405


def test_it_keeps_types_that_it_does_not_know_and_is_done_with_them() -> None:
    assert post(json.dumps(event(type="radar.early_fraud_warning.created"))).status_code == 200
    assert events.handle("evt_1")
    assert StripeEvent.objects.get().handled_at


def test_it_tries_again_what_failed_with_longer_and_longer_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def fail(event_type: str, object_id: str) -> None:
        calls.append(object_id)
        if len(calls) < 3:
            raise RuntimeError("not yet")

    monkeypatch.setitem(events._handlers, "test.happened", [fail])
    post(json.dumps(event(type="test.happened")))
    assert not events.handle("evt_1")
    assert StripeEvent.objects.get().last_error == "RuntimeError: not yet"
    assert events.handle_waiting() == 0, "it is too early"
    StripeEvent.objects.update(received_at="2026-01-01T00:00Z")
    assert events.handle_waiting() == 0, "it failed again"
    assert events.handle_waiting() == 1
    assert (StripeEvent.objects.get().attempts, StripeEvent.objects.get().last_error) == (3, "")
    assert events.handle("evt_1")
    assert len(calls) == 3
