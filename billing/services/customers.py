"""The workspace as Stripe knows it, and the lock under which all that Stripe says about it is read."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe
from django.conf import settings
from django.db import transaction
from django_scopes import scope, scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.services import rights
from billing.models import Customer
from billing.stripe_client import client


def customer_of(workspace: Workspace) -> Customer:
    """The workspace's customer at Stripe, made now where there is none. Raises StripeError."""
    return known(workspace) or _make(workspace)


def known(workspace: Workspace) -> Customer | None:
    """The workspace's customer, if it has one."""
    with scope(workspace=workspace):
        return Customer.objects.filter(workspace=workspace).first()


def of_stripe(stripe_id: str) -> Customer | None:
    """Whose customer it is; None for one that this site has not made."""
    with scopes_disabled():
        return Customer.objects.select_related("workspace").filter(stripe_id=stripe_id).first()


def forget(workspace: Workspace) -> None:
    """Have Stripe end what is paid for the workspace and forget whose it was. Safe to repeat. Raises StripeError."""
    customer = known(workspace)
    if customer is None or not settings.STRIPE_SECRET_KEY:
        return
    try:
        client().v1.customers.delete(customer.stripe_id)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise


@contextmanager
def held(workspace: Workspace) -> Iterator[Customer]:
    """One transaction in the workspace's scope, one at a time for each workspace. Raises Customer.DoesNotExist.

    What is read from Stripe inside is newer than whatever was read by those who were inside before. Not the lock of
    the workspace itself: pictures need that one, and Stripe may take its time.
    """
    with scope(workspace=workspace), transaction.atomic():
        yield Customer.objects.select_for_update().get(workspace=workspace)


def owners(workspace: Workspace) -> list[User]:
    """Who is written to about money: the owners, whoever was in the workspace first before the others."""
    rows = Membership.objects.filter(workspace=workspace, role=Membership.Role.OWNER, user__is_active=True)
    with scopes_disabled():
        return [row.user for row in rows.select_related("user").order_by("created_at", "pk")]


@transaction.atomic
def _make(workspace: Workspace) -> Customer:
    # Two at once agree on one; the key at Stripe is for a crash before the commit.
    rights.hold(workspace)
    if found := known(workspace):
        return found
    made = _at_stripe(workspace, key=f"customer:{workspace.pk}")
    with scope(workspace=workspace):
        return Customer.objects.create(workspace=workspace, stripe_id=made.id)


def _at_stripe(workspace: Workspace, *, key: str) -> stripe.Customer:
    customers = client().v1.customers
    # Nothing in it that changes: Stripe takes the key a second time for the same request only.
    made = customers.create({"metadata": {"workspace": str(workspace.pk)}}, {"idempotency_key": key})
    owner = next(iter(owners(workspace)), None)
    try:
        return customers.update(made.id, {"name": workspace.name, "email": owner.email if owner else ""})
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        # The customer of that key was deleted at Stripe.
        return _at_stripe(workspace, key=f"customer:{workspace.pk}:{made.id}")
