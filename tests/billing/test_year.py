"""A year over the fake, twice: once undisturbed, and once with webhooks doubled, shuffled, late or never.

What the workspaces may do and what the books say is the same at the end, after one comparison with Stripe.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q, Sum
from django_scopes import scope
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Membership, User, Workspace
from accounts.services import members, users, workspaces
from billing.models import Account, Posting, Purchase, Subscription, Transaction
from billing.plans import plan_of
from billing.services import catalog, checkout, credit, purchases, reconcile, seats
from tests.billing.conftest import FAILS_LATER, GOOD, handle_all, pay
from tests.fakestripe.control import DAY, Fake, Letter

BEGIN = datetime(2027, 1, 10, 12, tzinfo=UTC)
TEN, FIFTY = 10_000_000, 50_000_000


@dataclass
class Year:
    """The site, Stripe, and the two clocks; after each step the webhooks that are due are brought."""

    stripe: Fake
    clock: Any
    deliver: Callable[[Letter], Any]
    workspace: Workspace = field(init=False)
    alice: User = field(init=False)

    def __post_init__(self) -> None:
        self.alice = _person("Alice")
        self.workspace = workspaces.create_workspace(name="Atelier", owner=self.alice)

    def wait(self, days: float) -> None:
        """Some days at a time, so that what is late comes in between."""
        while days > 0:
            step = min(days, 8)
            self.clock.shift(step * DAY)
            self.stripe.advance(days=step)
            self.bring()
            days -= step

    def bring(self) -> None:
        for letter in self.stripe.take():
            assert self.deliver(letter).status_code == 200
            # At once, as the tasks do: what comes first is handled before what comes second.
            handle_all()

    def subscribe(self, plan: str, interval: str, *, comes_back: bool = True) -> None:
        url = checkout.subscribe(workspace=self.workspace, person=self.alice, plan=plan, interval=interval)
        session = pay(self.stripe, url)
        if comes_back:
            purchases.settle(session)
        self.bring()

    def buy_credit(self, micros: int) -> str:
        """The payment, whose browser never comes back to us."""
        begun = credit.buy(workspace=self.workspace, actor=self.alice, amount_micros=micros)
        session = pay(self.stripe, begun.session_url)
        self.bring()
        return str(self.stripe.client().v1.checkout.sessions.retrieve(session).payment_intent)

    def put_in(self, number: str) -> None:
        """Another card, as in the portal."""
        at = self.stripe.client().v1
        name = {GOOD: "pm_card_visa", FAILS_LATER: "pm_card_chargeCustomerFail"}[number]
        card = at.payment_methods.attach(name, {"customer": self.customer})
        at.customers.update(self.customer, {"invoice_settings": {"default_payment_method": card.id}})
        at.subscriptions.update(self.at_stripe.id, {"default_payment_method": card.id})
        self.bring()

    def pay_open(self) -> None:
        """As on the page of the invoice."""
        for invoice in self.stripe.client().v1.invoices.list({"customer": self.customer, "status": "open"}).data:
            self.stripe.client().v1.invoices.pay(invoice.id)
        self.bring()

    @property
    def customer(self) -> str:
        return str(self.stripe.client().v1.customers.list().data[0].id)

    @property
    def at_stripe(self) -> Any:
        """The newest subscription."""
        return self.stripe.client().v1.subscriptions.list({"customer": self.customer, "status": "all"}).data[0]

    @property
    def newest_payment(self) -> str:
        invoice = self.stripe.client().v1.invoices.list({"subscription": self.at_stripe.id, "status": "paid"}).data[0]
        paid = self.stripe.client().v1.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data[0]
        return str(paid.payment.payment_intent)

    def comes(self) -> User:
        person = _person("Guest")
        with scope(workspace=self.workspace):
            Membership.objects.create(workspace=self.workspace, user=person, role="member")
        seats.follow(self.workspace)
        self.bring()
        return person

    def goes(self, person: User) -> None:
        members.remove(workspace=self.workspace, actor=self.alice, person=person)
        seats.follow(self.workspace)
        self.bring()


def live(year: Year) -> None:
    """Everything that happens to a customer."""
    stripe = year.stripe
    year.subscribe("super", "month")
    year.wait(32)
    refunded = year.buy_credit(TEN)
    year.put_in(FAILS_LATER)
    year.wait(29)  # the renewal fails
    year.wait(3)
    year.put_in(GOOD)
    year.pay_open()
    year.wait(10)
    checkout.change_plan(workspace=year.workspace, person=year.alice, plan="team", interval="month")
    year.bring()
    people = [year.comes() for _ in range(3)]
    year.wait(40)
    year.goes(people[0])
    stripe.refund(refunded, 400)
    stripe.refund(year.newest_payment, 1_000)
    year.wait(35)
    stripe.client().v1.subscriptions.update(year.at_stripe.id, {"cancel_at_period_end": True})
    year.wait(40)  # it ends
    year.goes(people[1])
    year.goes(people[2])
    year.subscribe("super", "month")
    year.wait(20)
    checkout.change_plan(workspace=year.workspace, person=year.alice, plan="super", interval="year")
    year.wait(30)
    stripe.client().v1.subscriptions.cancel(year.at_stripe.id)
    year.wait(90)
    year.subscribe("super", "month", comes_back=False)
    lost, won = year.buy_credit(FIFTY), year.buy_credit(TEN)
    year.wait(12)
    year.comes()
    disputes = [stripe.dispute(intent)["id"] for intent in (lost, won)]
    stripe.dispute(year.newest_payment)
    year.wait(5)
    for dispute, is_won in zip(disputes, (False, True), strict=True):
        stripe.close_dispute(dispute, won=is_won)
    year.wait(3)


def state(year: Year) -> dict[str, Any]:
    """What the workspace may do, and what the books say."""
    with scope(workspace=year.workspace):
        plan = plan_of(year.workspace)
        # When one ended that was disputed is when we heard of it.
        rows = Subscription.objects.order_by("created_at").annotate(is_over=Q(ended_at__isnull=False))
        moved = Transaction.objects.values("kind", "postings__account__kind").annotate(sum=Sum("postings__amount"))
        return {
            "plan": (plan.name, plan.seats),
            "subscriptions": list(
                rows.values_list("plan", "interval", "seats", "status", "period_start", "period_end", "cancel_at",
                                 "is_over", "past_due_since")
            ),
            "purchases": sorted(
                Purchase.objects.values_list(
                    "kind", "plan", "interval", "status", "amount_micros", "returned_micros"
                )
            ),
            "balances": dict(Account.objects.exclude(kind="gift").values_list("kind", "balance")),
            "moved": sorted((row["kind"], row["postings__account__kind"], row["sum"]) for row in moved),
            "sum": Posting.objects.aggregate(sum=Sum("amount"))["sum"],
        }  # fmt: skip


@pytest.fixture
def world(db: None, stripe: Fake, deliver: Callable[[Letter], Any]) -> Callable[..., Any]:
    """`world()` is a year of its own, of which nothing stays."""

    @contextmanager
    def begin(mode: str = "normal", **more: Any) -> Iterator[Year]:
        with time_machine.travel(BEGIN, tick=False) as clock, transaction.atomic():
            stripe.reset()
            catalog.forget()
            stripe.freeze(int(BEGIN.timestamp()))
            stripe.webhooks(mode, **more)
            yield Year(stripe, clock, deliver)
            transaction.set_rollback(True)

    return begin


_kept: dict[str, Any] = {}


def undisturbed(world: Callable[..., Any]) -> dict[str, Any]:
    if not _kept:
        with world() as year:
            live(year)
            _kept.update(state(year))
            reconcile.run()
            assert state(year) == _kept, "there was nothing to put right"
    return _kept


def test_it_is_what_a_year_should_come_to(world: Callable[..., Any]) -> None:
    found = undisturbed(world)
    assert found["plan"] == ("free", 1), "the last subscription was disputed"
    assert [row[:4] for row in found["subscriptions"]] == [
        ("team", "month", 3, "canceled"),
        ("super", "year", 1, "canceled"),
        ("super", "month", 1, "canceled"),
    ]
    # Bought $70, of which $4 were refunded and $50 lost to a dispute.
    assert found["balances"]["wallet"] == 16_000_000
    assert found["sum"] == 0


@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**6))
def test_it_comes_to_the_same_however_the_webhooks_come(world: Callable[..., Any], seed: int) -> None:
    expected = undisturbed(world)
    with world("chaos", seed=seed) as year:
        live(year)
        reconcile.run()
        assert state(year) == expected
        reconcile.run()
        assert reconcile.run() == []


def _person(name: str) -> User:
    return users.create_user(email=f"{uuid.uuid4().hex}@example.org", password="x", display_name=name)
