"""`/billing/stripe/webhook`: where Stripe tells us what happened."""

import json
from http import HTTPStatus

import stripe
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.services import events

MAX_BYTES = 256 * 1024
TOLERANCE_SECONDS = 300
UNSIGNED = "The signature is missing or wrong. Check that STRIPE_WEBHOOK_SECRET is the one of this endpoint."
OLD = "The signature is more than five minutes old. Send the event again, or check the clocks."
NO_EVENT = "The body is not an event of Stripe's API."


class Unsigned(Exception):
    """Not signed with one of our secrets within the last minutes; the message says what is wrong."""


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Checks the signature on the body as it was sent, keeps the event, and answers at once."""
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return _said("The body is larger than 256 KB.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        _demand_signature(body, request.headers.get("Stripe-Signature", ""))
        events.receive(_event(body))
    except Unsigned as unsigned:
        return _said(str(unsigned), HTTPStatus.BAD_REQUEST)
    except (ValueError, KeyError, AttributeError, TypeError):
        return _said(NO_EVENT, HTTPStatus.BAD_REQUEST)
    return _said("Thank you.", HTTPStatus.OK)


def _demand_signature(body: bytes, header: str) -> None:
    """Raises Unsigned. While the secret is changed there are two, and either will do."""
    said = UNSIGNED
    for secret in filter(None, map(str.strip, settings.STRIPE_WEBHOOK_SECRET.split(","))):
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            said = OLD if "tolerance" in str(error) else said
        else:
            return
    raise Unsigned(said)


def _event(body: bytes) -> stripe.Event:
    """Raises ValueError, or KeyError where something is missing."""
    values = json.loads(body)
    if values["object"] != "event" or not (_is_name(values["id"], 64) and _is_name(values["type"], 80)):
        raise ValueError(NO_EVENT)
    return stripe.Event.construct_from(values, key=None)


def _is_name(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _said(sentence: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
