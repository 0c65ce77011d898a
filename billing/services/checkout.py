"""Buying a plan at Stripe's checkout, changing it, and the customer portal."""

from datetime import timedelta

import stripe
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.services import audit
from accounts.services.rights import Refused
from billing.models import Customer, Paid, Purchase, Subscription
from billing.plans import PLANS
from billing.services import catalog, customers, purchases, seats, subscriptions
from billing.stripe_client import client

REUSED = timedelta(minutes=10)
"""A checkout that is open for less than this is not begun again."""


class AlreadySubscribed(Exception):
    """The workspace has a subscription: it is changed, not bought a second time."""


def subscribe(*, workspace: Workspace, person: User, plan: str, interval: str) -> str:
    """The address of a checkout for the plan. Raises AlreadySubscribed, Refused or StripeError.

    Two tabs are led to the same checkout; one for another plan is closed first.
    """
    _demand_fit(workspace, plan)
    customer = customers.customer_of(workspace)
    for purchase in _open(workspace):
        _look_again(purchase)
    # What was done at Stripe, and has not come here yet, counts too.
    subscriptions.read(workspace)
    _demand_none(workspace)
    with customers.held(workspace):
        for purchase in _open(workspace):
            if (purchase.plan, purchase.interval) == (plan, interval) and _is_fresh(purchase):
                return purchase.session_url
            _close(purchase)
        return _begin(customer, person, plan, interval)


@purchases.fulfils(Purchase.Kind.PLAN)
def subscribed(purchase: Purchase, session: stripe.checkout.Session) -> None:
    """What was paid for is a subscription: read it."""
    if session.subscription:
        subscriptions.sync(subscriptions.id_of(session.subscription))


def change_plan(*, workspace: Workspace, person: User, plan: str, interval: str) -> Subscription:
    """Change the subscription now, and settle the difference. Raises Refused, CardError or StripeError."""
    _demand_fit(workspace, plan)
    subscriptions.read(workspace)
    row = subscriptions.live(workspace)
    if row is None:
        raise Refused("There is no subscription to change any more. Choose a plan.")
    if row.status not in (Subscription.Status.ACTIVE, Subscription.Status.TRIALING):
        raise Refused("A payment is open. Pay it first, then change the plan.")
    told = client().v1.subscriptions.retrieve(row.stripe_id)
    item, price = told.items.data[0], catalog.price_id(plan, interval)
    told = client().v1.subscriptions.update(
        row.stripe_id,
        {
            "items": [{"id": item.id, "price": price, "quantity": _quantity(workspace, plan)}],
            "cancel_at_period_end": False,
            "proration_behavior": "always_invoice",
            # A declined card changes nothing.
            "payment_behavior": "error_if_incomplete",
        },
    )
    audit.record("plan.chosen", workspace=workspace, actor=person, target=PLANS[plan].label, interval=interval)
    subscriptions.write(workspace, told)
    changed = subscriptions.live(workspace)
    return changed or row


def portal(*, workspace: Workspace, return_url: str) -> str:
    """The address of Stripe's portal: card, tax id, address, cancel, invoices. Raises StripeError."""
    customer = customers.customer_of(workspace)
    sessions = client().v1.billing_portal.sessions
    return sessions.create(
        {"customer": customer.stripe_id, "return_url": return_url, "configuration": catalog.portal_id()}
    ).url


def pay_open(*, workspace: Workspace) -> str:
    """Pay what is past due with the card that is there now; why that failed, in words, or "".

    Stripe would try again in some days: who has just put in a new card need not wait for that.
    """
    row = subscriptions.live(workspace)
    if row is None or row.status not in (Subscription.Status.PAST_DUE, Subscription.Status.UNPAID):
        return ""
    said = ""
    owed = client().v1.invoices.list({"subscription": row.stripe_id, "status": "open"})
    for invoice in sorted(owed.data, key=lambda one: one.created):
        try:
            client().v1.invoices.pay(invoice.id)
        except stripe.CardError as error:
            said = error.user_message or "The card was declined."
        except stripe.InvalidRequestError:
            # No card is left, or somebody has paid it this moment.
            said = "There is no card to pay it with."
    again = subscriptions.sync(row.stripe_id)
    return said if again and again.status == row.status else ""


def _demand_fit(workspace: Workspace, plan: str) -> None:
    """Raises Refused for a plan that this workspace has too many members for."""
    there = seats.members(workspace)
    if plan == Paid.SUPER and there > 1:
        raise Refused(f"{PLANS[plan].label} is for one person, and this workspace has {there} members. Choose Team.")


def _demand_none(workspace: Workspace) -> None:
    """Raises AlreadySubscribed."""
    if subscriptions.live(workspace) is not None:
        raise AlreadySubscribed


def _open(workspace: Workspace) -> list[Purchase]:
    with customers.held(workspace):
        rows = Purchase.objects.filter(workspace=workspace, kind=Purchase.Kind.PLAN, status=Purchase.Status.OPEN)
        return list(rows.order_by("created_at"))


def _look_again(purchase: Purchase) -> None:
    """Perhaps it was paid in another tab, and we have not heard of it yet."""
    if purchase.session_id:
        purchases.settle(purchase.session_id)


def _is_fresh(purchase: Purchase) -> bool:
    left = purchase.expires_at and purchase.expires_at - timezone.now()
    return bool(left and left > REUSED and purchase.session_url)


def _close(purchase: Purchase) -> None:
    """Let nobody pay for it any more; where it was paid this moment, its event comes."""
    try:
        client().v1.checkout.sessions.expire(purchase.session_id or "")
    except stripe.InvalidRequestError:
        # It is complete, or has expired by itself.
        return
    Purchase.objects.filter(pk=purchase.pk).update(
        status=Purchase.Status.EXPIRED, settled_at=timezone.now(), session_url=""
    )


def _begin(customer: Customer, person: User, plan: str, interval: str) -> str:
    workspace = customer.workspace
    purchase = Purchase(workspace=workspace, person=person, kind=Purchase.Kind.PLAN, plan=plan, interval=interval)
    session = client().v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": customer.stripe_id,
            "customer_update": {"address": "auto", "name": "auto"},
            "line_items": [{"price": catalog.price_id(plan, interval), "quantity": _quantity(workspace, plan)}],
            "billing_address_collection": "required",
            "tax_id_collection": {"enabled": True},
            "metadata": {"purchase": str(purchase.pk), "workspace": str(workspace.pk)},
            "subscription_data": {"metadata": {"purchase": str(purchase.pk), "workspace": str(workspace.pk)}},
            "success_url": f"{address('billing:done', workspace)}?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": address("billing:overview", workspace),
        },
        {"idempotency_key": f"purchase:{purchase.pk}"},
    )
    purchase.session_id, purchase.session_url = session.id, session.url or ""
    purchase.expires_at = subscriptions.moment(session.expires_at)
    purchase.save()
    audit.record("plan.chosen", workspace=workspace, actor=person, target=PLANS[plan].label, interval=interval)
    return purchase.session_url


def address(name: str, workspace: Workspace) -> str:
    """A page of the workspace as Stripe's pages link back to it."""
    return f"{settings.BASE_URL}{reverse(name, args=[workspace.slug])}"


def _quantity(workspace: Workspace, plan: str) -> int:
    return max(seats.members(workspace), 1) if PLANS[plan].per_seat else 1
