from io import StringIO

import pytest
import stripe as sdk
from django.core.management import call_command
from django_scopes import scopes_disabled

from accounts.services import deletion
from billing.models import Purchase, Reconciliation, StripeEvent, Subscription
from billing.plans import FREE, PLANS
from billing.services import checkout, reconcile
from tests.billing.conftest import pay, plan_of
from tests.fakestripe.control import Fake


def test_it_gives_what_was_paid_when_no_event_came(alone, alice, stripe: Fake) -> None:
    pay(stripe, checkout.subscribe(workspace=alone, person=alice, plan="super", interval="month"))
    findings = reconcile.run()
    assert any("(checkout.session.completed) had not arrived; it is handled now" in one for one in findings)
    assert plan_of(alone) is PLANS["super"]
    assert reconcile.run() == []
    assert Reconciliation.objects.exclude(finished_at=None).count() == 2


def test_it_gives_it_too_where_the_events_are_gone(alone, alice, stripe: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    pay(stripe, checkout.subscribe(workspace=alone, person=alice, plan="super", interval="month"))
    monkeypatch.setattr(reconcile, "_lost_events", lambda since: iter(()))
    assert any("was paid, and had not been given" in one for one in reconcile.run())
    assert plan_of(alone) is PLANS["super"]


def test_it_finds_what_was_changed_at_stripe(alone, alice, stripe: Fake, buy, bring, monkeypatch) -> None:
    buy(alone, alice)
    bring()
    with scopes_disabled():
        row = Subscription.objects.get()
    stripe.client().v1.subscriptions.cancel(row.stripe_id)
    monkeypatch.setattr(reconcile, "_lost_events", lambda since: iter(()))
    assert [one for one in reconcile.run() if "had changed: status active → canceled" in one]
    assert plan_of(alone) is FREE


def test_it_says_so_and_goes_on_with_the_others(alone, workspace, alice, stripe: Fake, buy, monkeypatch) -> None:
    buy(alone, alice)
    buy(workspace, alice, "team")
    from billing.services import subscriptions

    read = subscriptions.read

    def refuse(of):
        if of == alone:
            raise sdk.InvalidRequestError("gone", None, code="resource_missing")  # type: ignore[no-untyped-call]
        return read(of)

    monkeypatch.setattr(subscriptions, "read", refuse)
    assert f"{alone.slug}: Stripe refused (gone)." in reconcile.run()
    assert Reconciliation.objects.exclude(finished_at=None).exists()


def test_it_says_what_it_found_on_the_command_line(alone, alice, stripe: Fake) -> None:
    pay(stripe, checkout.subscribe(workspace=alone, person=alice, plan="super", interval="year"))
    said = StringIO()
    call_command("reconcile_stripe", stdout=said)
    call_command("reconcile_stripe", stdout=said)
    assert "had not arrived" in said.getvalue()
    assert said.getvalue().endswith("All is as Stripe has it.\n")
    with scopes_disabled():
        assert Purchase.objects.get().status == Purchase.Status.PAID
    assert not StripeEvent.objects.filter(handled_at=None).exists()


def test_it_renews_nothing_for_a_workspace_that_is_to_be_deleted(workspace, alice, stripe: Fake, buy) -> None:
    buy(workspace, alice, "team")
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    assert [one for one in reconcile.run() if "it is to be deleted, so the subscription" in one]
    assert stripe.client().v1.subscriptions.list().data[0].cancel_at_period_end
    assert not [one for one in reconcile.run() if "to be deleted" in one]


def test_it_ends_checkouts_that_stripe_does_not_know(alone, alice, stripe: Fake) -> None:
    checkout.subscribe(workspace=alone, person=alice, plan="super", interval="month")
    with scopes_disabled():
        Purchase.objects.update(session_id="cs_of_another_key")
        reconcile.run()
        assert Purchase.objects.get().status == Purchase.Status.EXPIRED
