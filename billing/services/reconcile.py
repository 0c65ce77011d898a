"""The nightly comparison with Stripe: what was lost on the way is found, done, and said.

It goes three ways: events that never came are handled now; every subscription and open checkout that we know is read
again; and seats are counted. What it finds are the sentences of `Reconciliation`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import stripe
import structlog
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import Workspace
from billing.models import Customer, Purchase, Reconciliation, StripeEvent, Subscription
from billing.services import events, purchases, returns, seats, subscriptions
from billing.stripe_client import client

OVERLAP = timedelta(hours=2)
KEPT = timedelta(days=29)
"""Stripe keeps events for thirty days."""
SEEN = ("status", "plan", "interval", "seats", "period_end", "cancel_at", "past_due_since")
log = structlog.get_logger(__name__)


def run() -> list[str]:
    """Compare, put right, and say what was found. Raises StripeError when Stripe does not answer."""
    row = Reconciliation.objects.create()
    findings = list(_find(since=_since()))
    row.findings = findings
    row.finished_at = timezone.now()
    row.save(update_fields=["findings", "finished_at"])
    for finding in findings:
        log.warning("reconciled", finding=finding)
    return findings


def _since() -> datetime:
    last = Reconciliation.objects.exclude(finished_at=None).order_by("-started_at").first()
    oldest = timezone.now() - KEPT
    return max(last.started_at - OVERLAP, oldest) if last else oldest


def _find(*, since: datetime) -> Iterator[str]:
    yield from _lost_events(since)
    yield from _failed_events()
    yield from _open_purchases()
    yield from returns.compare()
    for workspace in _customers():
        yield from _guarded(workspace, _changed_subscriptions)
        yield from _guarded(workspace, _seats)
        yield from _guarded(workspace, _leaving)


def _lost_events(since: datetime) -> Iterator[str]:
    """Events that Stripe has and we have not, the oldest first."""
    listed = client().v1.events.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
    found = {event.id: event for event in listed.auto_paging_iter() if events.is_known(event.type)}
    there = set(StripeEvent.objects.filter(pk__in=found).values_list("pk", flat=True))
    for event in reversed(found.values()):
        if event.id not in there:
            events.receive(event)
            said = "is handled now" if events.handle(event.id) else "came back, and could not be handled"
            yield f"The event {event.id} ({event.type}) had not arrived; it {said}."


def _failed_events() -> Iterator[str]:
    for event in StripeEvent.objects.filter(handled_at=None, attempts__gt=0).order_by("received_at")[:1000]:
        if events.handle(event.pk):
            yield f"The event {event.pk} ({event.type}) had failed, and is handled now."
        else:
            yield f"The event {event.pk} ({event.type}) still fails: {_last_error(event.pk)}"
    for pk in (
        StripeEvent.objects.filter(handled_at=None, attempts=0).order_by("received_at").values_list("pk", flat=True)
    ):
        events.handle(pk)


def _last_error(pk: str) -> str:
    return StripeEvent.objects.values_list("last_error", flat=True).get(pk=pk)


def _open_purchases() -> Iterator[str]:
    """Checkouts that were paid, or have ended, without our hearing of it."""
    with scopes_disabled():
        rows = Purchase.objects.filter(status=Purchase.Status.OPEN, session_id__isnull=False)
        waiting = list(rows.order_by("created_at").values_list("session_id", flat=True))
    for session_id in waiting:
        purchase = purchases.settle(session_id or "")
        if purchase and purchase.status == Purchase.Status.PAID:
            yield f"The checkout {session_id} was paid, and had not been given: it is now."


def _customers() -> list[Workspace]:
    with scopes_disabled():
        return [row.workspace for row in Customer.objects.select_related("workspace").order_by("pk")]


def _guarded(workspace: Workspace, look: Any) -> Iterator[str]:
    """What one workspace's customer has wrong keeps the others from nothing."""
    try:
        yield from list(look(workspace))
    except stripe.InvalidRequestError as error:
        yield f"{workspace.slug}: Stripe refused ({error.user_message or error.code})."


def _changed_subscriptions(workspace: Workspace) -> Iterator[str]:
    before = _stored(workspace)
    subscriptions.read(workspace)
    for stripe_id, now in _stored(workspace).items():
        was = before.get(stripe_id)
        if was is None:
            yield f"{workspace.slug}: the subscription {stripe_id} was not known here."
        elif changed := [f"{name} {was[name]} → {now[name]}" for name in SEEN if was[name] != now[name]]:
            yield f"{workspace.slug}: the subscription {stripe_id} had changed: {', '.join(changed)}."


def _stored(workspace: Workspace) -> dict[str, dict[str, Any]]:
    with scopes_disabled():
        rows = Subscription.objects.filter(workspace=workspace).values("stripe_id", *SEEN)
        return {row["stripe_id"]: row for row in rows}


def _seats(workspace: Workspace) -> Iterator[str]:
    if (now := seats.follow(workspace)) is not None:
        yield f"{workspace.slug}: the number of seats was wrong; it is {now} now."


def _leaving(workspace: Workspace) -> Iterator[str]:
    """Who has asked for the workspace to be deleted is not charged for another period."""
    row = subscriptions.live(workspace) if workspace.is_leaving else None
    if row and row.cancel_at is None:
        subscriptions.stop_renewing(row)
        yield f"{workspace.slug}: it is to be deleted, so the subscription {row.stripe_id} is not renewed."
