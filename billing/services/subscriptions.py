"""Subscriptions as Stripe has them: read anew whenever something may have changed, and written down under a lock."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import stripe
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Workspace
from accounts.services import audit
from billing.models import Customer, Subscription
from billing.plans import LIVE
from billing.services import catalog, customers
from billing.services.events import on
from billing.stripe_client import client

Status = Subscription.Status
STANDING = (*LIVE, Status.UNPAID, Status.PAUSED)
"""Of one that Stripe still keeps open, and that can come back by a payment."""
PROMISED = ("plan", "interval", "seats", "status", "cancel_at")
"""What of a subscription the audit trail tells changes of."""


@on(
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
)
def sync_of_event(event_type: str, stripe_id: str) -> None:
    sync(stripe_id)


@on("invoice.paid", "invoice.payment_failed", "invoice.payment_action_required")
def sync_of_invoice(event_type: str, invoice_id: str) -> None:
    """An invoice says how its subscription stands."""
    if stripe_id := of_invoice(client().v1.invoices.retrieve(invoice_id)):
        sync(stripe_id)


@on("customer.deleted")
def end_of_customer(event_type: str, customer_id: str) -> None:
    """Who deletes a customer at Stripe ends its subscriptions. The next purchase makes a new customer."""
    found = customers.of_stripe(customer_id)
    if found and getattr(client().v1.customers.retrieve(customer_id), "deleted", False):
        read(found.workspace)
        with customers.held(found.workspace) as customer:
            audit.record("customer.deleted", workspace=found.workspace)
            customer.delete()


def sync(stripe_id: str) -> Subscription | None:
    """Read a subscription from Stripe; None for one of a customer that is not ours."""
    with scopes_disabled():
        known = Subscription.objects.select_related("workspace").filter(stripe_id=stripe_id).first()
    workspace = known.workspace if known else _whose(stripe_id)
    if workspace is None:
        return None
    rows = read(workspace)
    return next((row for row in rows if row.stripe_id == stripe_id), None)


def read(workspace: Workspace) -> list[Subscription]:
    """Read all subscriptions of the workspace from Stripe, the oldest first, and see that only one of them lives."""
    # Not at the top: they end subscriptions, and then have them read again.
    from billing.services import doubles, seats

    if customers.known(workspace) is None:
        return []
    with customers.held(workspace) as customer:
        rows = [row for told in _all_of(customer) if (row := _write(workspace, told))]
    live = [row for row in rows if row.status in LIVE]
    if doubles.end(workspace, live[1:]):
        return read(workspace)
    for row in live:
        seats.check(row)
    return rows


def live(workspace: Workspace) -> Subscription | None:
    """The subscription that the workspace has, also one that is past due or unpaid."""
    with scope(workspace=workspace):
        rows = Subscription.objects.filter(workspace=workspace, status__in=STANDING)
        return rows.order_by("created_at", "stripe_id").first()


def write(workspace: Workspace, told: stripe.Subscription) -> Subscription | None:
    """Write down what Stripe has just answered to a change."""
    with customers.held(workspace):
        return _write(workspace, told)


def stop_renewing(row: Subscription) -> None:
    """Let it end with the time that is paid. Raises StripeError."""
    told = client().v1.subscriptions.update(row.stripe_id, {"cancel_at_period_end": True})
    write(row.workspace, told)


def of_invoice(invoice: stripe.Invoice) -> str | None:
    """The id of the subscription that the invoice is for."""
    details = invoice.parent.subscription_details if invoice.parent else None
    return id_of(details.subscription) if details else None


def id_of(thing: Any) -> str:
    """The id of what Stripe gives as an id, or expanded."""
    return thing if isinstance(thing, str) else str(thing.id)


def moment(stamp: int | None) -> datetime | None:
    """A time as Stripe writes it."""
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)


def _all_of(customer: Customer) -> list[stripe.Subscription]:
    """The oldest first. Stripe lists the newest first, which also tells two of the same second apart."""
    try:
        found = client().v1.subscriptions.list({"customer": customer.stripe_id, "status": "all", "limit": 100})
        return list(found.auto_paging_iter())[::-1]
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
    # Of a customer that was deleted the subscriptions can still be asked for one by one.
    rows = Subscription.objects.filter(workspace=customer.workspace_id).order_by("created_at")
    return [told for row in rows if (told := _one(row))]


def _one(row: Subscription) -> stripe.Subscription | None:
    """None for one that Stripe does not know any more: then it has ended."""
    try:
        return client().v1.subscriptions.retrieve(row.stripe_id)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
    row.status, row.ended_at = Status.CANCELED, row.ended_at or timezone.now()
    row.past_due_since = None
    row.save(update_fields=["status", "ended_at", "past_due_since"])
    return None


def _whose(stripe_id: str) -> Workspace | None:
    customer = customers.of_stripe(id_of(client().v1.subscriptions.retrieve(stripe_id).customer))
    return customer.workspace if customer else None


def _write(workspace: Workspace, told: stripe.Subscription) -> Subscription | None:
    """None for one of a price that is not ours."""
    values = _values(told)
    if values is None:
        return None
    row = Subscription.objects.filter(stripe_id=told.id).first()
    before = {name: getattr(row, name) for name in PROMISED} if row else None
    row = row or Subscription(workspace=workspace, stripe_id=told.id)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    _tell(row, before)
    return row


def _values(told: stripe.Subscription) -> dict[str, Any] | None:
    item = told.items.data[0]
    ours = catalog.of_key(item.price.lookup_key)
    if ours is None:
        return None
    past_due = told.status == Status.PAST_DUE
    values = {
        "plan": ours[0],
        "interval": ours[1],
        "seats": item.quantity or 1,
        "status": told.status,
        "period_start": moment(item.current_period_start),
        "period_end": moment(item.current_period_end),
        "cancel_at": moment(told.cancel_at),
        "ended_at": moment(told.ended_at),
        "past_due_since": _unpaid_since(told) if past_due else None,
        "created_at": moment(told.created),
        "read_at": timezone.now(),
    }
    return values if past_due else values | {"told_past_due_at": None}


def _unpaid_since(told: stripe.Subscription) -> datetime | None:
    """When the oldest open invoice was drawn up: the grace is the same, whenever we come to hear of it."""
    found = client().v1.invoices.list({"subscription": told.id, "status": "open", "limit": 100})
    return moment(min((invoice.created for invoice in found.auto_paging_iter()), default=told.start_date))


def _tell(row: Subscription, before: dict[str, Any] | None) -> None:
    if before is None:
        audit.record("subscription.created", workspace=row.workspace, target=row.get_plan_display(),
                     interval=row.interval, seats=row.seats, status=row.status, stripe=row.stripe_id)  # fmt: skip
        return
    changes: dict[str, Any] = dict(_changes(row, before))
    if not changes:
        return
    ended = changes.get("status") and row.status not in STANDING
    action = "subscription.ended" if ended else "subscription.changed"
    audit.record(action, workspace=row.workspace, target=row.get_plan_display(), stripe=row.stripe_id, **changes)


def _changes(row: Subscription, before: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in PROMISED:
        was, now = before[name], getattr(row, name)
        if was != now:
            yield name, f"{_said(was)} → {_said(now)}"


def _said(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value or "–")


def invoices(workspace: Workspace, *, limit: int = 24) -> Iterable[stripe.Invoice]:
    """The newest invoices. Raises StripeError."""
    customer = customers.known(workspace)
    return client().v1.invoices.list({"customer": customer.stripe_id, "limit": limit}).data if customer else []
