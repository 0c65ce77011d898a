"""Sends deliveries to webhooks, in the form of standardwebhooks.com: each try signed, for a day and a half.

A try claims the delivery by pushing its time ahead and counting `attempts` up; what it writes afterwards names that
count. So a worker that died is followed by another, and one that was only slow changes nothing.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.services import audit
from generation import fetch, storage
from generation.models import Delivery, Generation, Hook, Picture
from generation.models.hooks import EXCERPT, TEST
from generation.services import hooks, outbox

BACK_OFF = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
)
CLAIM = timedelta(minutes=1)
"""After so long a try without a result is taken for lost; it must be longer than one can last."""

PATIENCE = timedelta(days=3)
"""A hook that only failed for so long is turned off."""

KEEP = timedelta(days=30)
AT_ONCE = 4
"""Of the threads of a worker, how many may wait for customers at the same time: others have work to do too."""

LIMIT = 50
TELL_OWNERS = "generation.tasks.tell_hook_is_off"
UNSEALED = "The secret of this webhook cannot be read any more, as the site has another SECRET_KEY. Rotate it."
Status = Delivery.Status

log = structlog.get_logger(__name__)
_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class _Said:
    """How a try went; without a status there was no answer."""

    status: int | None
    excerpt: str
    milliseconds: int

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def send(delivery_id: UUID) -> bool:
    """Try a delivery now, if it is due; False when it was not, or too much is being sent already."""
    if not _slots.acquire(blocking=False):
        # Due it stays: the next look finds it.
        return False
    try:
        delivery = _claim(delivery_id)
        if delivery is None:
            return False
        with scope(workspace=delivery.workspace):
            _note(delivery, _try(delivery))
        return True
    finally:
        _slots.release()


def due() -> list[UUID]:
    """What is to be tried now and has not been sent for, the longest due first."""
    with scopes_disabled():
        rows = _sendable().filter(next_try_at__lt=Now()).order_by("next_try_at")
        return list(rows.values_list("pk", flat=True)[:LIMIT])


def forget_old() -> int:
    """Delete what happened long ago, sent or not; how many."""
    with scopes_disabled():
        return Delivery.objects.filter(created_at__lt=timezone.now() - KEEP).delete()[0]


def signature(secret: str, *, event_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64 of HMAC-SHA256>` over id, time and body."""
    key = base64.b64decode(secret.removeprefix(hooks.PREFIX))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _sendable() -> QuerySet[Delivery]:
    """What a hook that is off is to be told waits until it is on; a test does not."""
    return Delivery.objects.filter(Q(hook__is_on=True) | Q(type=TEST), status=Status.WAITING)


@transaction.atomic
def _claim(delivery_id: UUID) -> Delivery | None:
    with scopes_disabled():
        rows = _sendable().filter(pk=delivery_id, next_try_at__lte=Now())
        row = rows.select_for_update(of=("self",), skip_locked=True).first()
        if row is None:
            return None
        if row.attempts > len(BACK_OFF):
            # Its last try was lost with a worker.
            Delivery.objects.filter(pk=row.pk).update(status=Status.FAILED, finished_at=Now())
            return None
        Delivery.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, next_try_at=Now() + CLAIM)
        claimed = Delivery.objects.select_related("workspace", "hook", "generation")
        return claimed.get(pk=row.pk)


def _try(delivery: Delivery) -> _Said:
    """Sign and post. Whatever is wrong on the other side is what was said."""
    began = time.monotonic()
    try:
        body = json.dumps(_body(delivery), ensure_ascii=False, separators=(",", ":")).encode()
        secrets = hooks.signing_secrets(delivery.hook)
        answer = fetch.post(delivery.hook.url, body=body, headers=_headers(delivery, body, secrets))
        status, said = answer.status, answer.body.decode(errors="replace")
    except fetch.Unfetchable as error:
        status, said = None, str(error)
    except InvalidToken:
        status, said = None, UNSEALED
    excerpt = said.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:EXCERPT]
    return _Said(status, excerpt, int((time.monotonic() - began) * 1000))


def _headers(delivery: Delivery, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    now = int(time.time())
    signatures = (signature(secret, event_id=delivery.event_id, timestamp=now, body=body) for secret in secrets)
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(signatures),
    }


def _body(delivery: Delivery) -> dict[str, Any]:
    """The payload, with what must not lie about: addresses that work for an hour or two, and the prompt if wished."""
    generation = delivery.generation
    payload: dict[str, Any] = delivery.payload
    if generation is None:
        return payload
    data = payload["data"] | {"pictures": []}
    # A picture that its maker keeps private is not told to a hook that somebody else has made.
    maker = delivery.hook.created_by_id
    if generation.is_shared or (maker and generation.requested_by_id == maker):
        data["pictures"] = _pictures(generation)
        if delivery.hook.with_prompt:
            data["prompt"] = generation.prompt
    return payload | {"data": data}


def _pictures(generation: Generation) -> list[dict[str, object]]:
    return [
        {
            "id": str(picture.pk),
            "index": picture.index,
            "url": storage.picture_url(picture, absolute=True),
            "size": str(picture.size),
            "seed": picture.seed,
        }
        for picture in Picture.there.filter(generation=generation).order_by("index")
    ]


@transaction.atomic
def _note(delivery: Delivery, said: _Said) -> None:
    """Write down how the try went, unless somebody else has tried since."""
    changes: dict[str, object] = {
        "response_status": said.status,
        "response_excerpt": said.excerpt,
        "milliseconds": said.milliseconds,
    }
    if said.is_good:
        changes |= {"status": Status.DELIVERED, "finished_at": Now()}
    elif delivery.attempts > len(BACK_OFF) or delivery.type == TEST:
        changes |= {"status": Status.FAILED, "finished_at": Now()}
    else:
        changes |= {"next_try_at": Now() + BACK_OFF[delivery.attempts - 1]}
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, status=Status.WAITING)
    if not mine.update(**changes):
        return
    log.info("webhook_tried", delivery=str(delivery.pk), status=said.status, attempt=delivery.attempts)
    if delivery.type != TEST:
        _note_on_hook(delivery.hook, said)


def _note_on_hook(hook: Hook, said: _Said) -> None:
    row = Hook.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=hook.pk)
    if said.is_good:
        if row.failures:
            Hook.objects.filter(pk=row.pk).update(failures=0, failing_since=None)
        return
    now = timezone.now()
    row.failures, row.failing_since = row.failures + 1, row.failing_since or now
    if row.is_on and now - row.failing_since >= PATIENCE:
        row.is_on, row.turned_off_at, row.owners_told = False, now, False
        audit.record("webhook.gave_up", workspace=row.workspace, target=row.url, failures=row.failures)
        outbox.put(workspace=row.workspace, task=TELL_OWNERS, subject=row.pk)
    row.save(update_fields=["failures", "failing_since", "is_on", "turned_off_at", "owners_told"])
