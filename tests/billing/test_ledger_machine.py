"""Whatever is asked of the ledger, in whatever order, twice or after a crash: the books agree with a model."""

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Workspace
from billing import ledger
from billing.models import Account, Posting

AMOUNTS = st.integers(1, 40)
FATES = st.sampled_from(["once", "once", "twice", "after a crash"])
NEVER = datetime.max.replace(tzinfo=UTC)
WALLET = -1


class Crash(Exception):
    pass


class Model:
    """The same in plain numbers. Pots are numbered: the wallet is -1, gifts count from 0."""

    def __init__(self) -> None:
        self.left = {WALLET: 0}
        self.ends: list[datetime] = []
        self.lost = 0
        self.took: dict[str, dict[int, int]] = {}
        self.rest: dict[str, int] = {}
        self.parts: dict[tuple[str, str], int] = {}

    def in_order(self) -> list[int]:
        return [*sorted(range(len(self.ends)), key=lambda gift: (self.ends[gift], gift)), WALLET]

    def open(self, now: datetime) -> list[int]:
        return [pot for pot in self.in_order() if pot == WALLET or self.ends[pot] > now]

    def spendable(self, now: datetime) -> int:
        return sum(self.left[pot] for pot in self.open(now))

    def spend(self, amount: int, now: datetime) -> dict[int, int]:
        took = {}
        for pot in self.open(now):
            took[pot] = min(amount, self.left[pot])
            self.left[pot] -= took[pot]
            amount -= took[pot]
        return took

    def give_back(self, hold: str, amount: int) -> None:
        for pot in reversed(self.in_order()):
            part = min(amount, self.took[hold].get(pot, 0))
            self.took[hold][pot] = self.took[hold].get(pot, 0) - part
            amount -= part
            good = min(part, self.lost) if pot == WALLET else 0
            self.lost -= good
            self.left[pot] += part - good


class Machine(RuleBasedStateMachine):
    holds = Bundle("holds")
    gone = Bundle("gone")

    @initialize(target=holds)
    def begin(self) -> str:
        """A hold that took of two gifts and of the wallet."""
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.model = Model()
        self.all = ExitStack()
        self.all.enter_context(transaction.atomic())
        self.workspace = Workspace.objects.create(name="W", slug=uuid.uuid4().hex)
        self.all.enter_context(scope(workspace=self.workspace))
        self.all.enter_context(mock.patch("django.utils.timezone.now", side_effect=lambda: self.now))
        self.count = 0
        self.grant(20, 2, "once")
        self.grant(15, None, "once")
        self.purchase(30, "once")
        return self.reserve(8, "once")

    def teardown(self) -> None:
        if hasattr(self, "all"):
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")  # as at a commit
            transaction.set_rollback(True)
            self.all.close()

    def name(self) -> str:
        self.count += 1
        return f"{self.workspace.slug}-{self.count}"

    def do(self, move: Callable[..., Any], fate: str, **values: Any) -> Any:
        """Move once. A crash takes all of it back, and a repetition moves nothing."""
        if fate == "after a crash":
            try:
                with transaction.atomic():
                    move(workspace=self.workspace, **values)
                    raise Crash
            except Crash:
                pass
        done = move(workspace=self.workspace, **values)
        if fate == "twice":
            assert not move(workspace=self.workspace, **values)
        return done

    def refused(self, error: type[Exception], move: Callable[..., Any], **values: Any) -> None:
        with pytest.raises(error):
            move(workspace=self.workspace, **values)

    @rule(amount=AMOUNTS, hours=st.none() | st.integers(1, 6), fate=FATES)
    def grant(self, amount: int, hours: int | None, fate: str) -> None:
        ends = self.now + timedelta(hours=hours) if hours else None
        assert self.do(ledger.grant, fate, key=self.name(), amount_micros=amount, expires_at=ends)
        self.model.left[len(self.model.ends)] = amount
        self.model.ends.append(ends or NEVER)

    @rule(amount=AMOUNTS, fate=FATES)
    def purchase(self, amount: int, fate: str) -> None:
        assert self.do(ledger.purchase, fate, key=self.name(), amount_micros=amount, reference="pi")
        self.model.left[WALLET] += amount

    @rule(target=holds, tenths=st.sampled_from([7, 3, 10, 11]), fate=FATES)
    def reserve(self, tenths: int, fate: str) -> str:
        """So much of what is there that it comes out of several pots, or is too much."""
        hold, amount = self.name(), self.model.spendable(self.now) * tenths // 10 + 1
        self.model.took[hold], self.model.rest[hold] = {}, 0
        if amount > self.model.spendable(self.now):
            self.refused(ledger.InsufficientFunds, ledger.reserve, hold=hold, amount_micros=amount)
            return hold
        assert self.do(ledger.reserve, fate, hold=hold, amount_micros=amount)
        self.model.took[hold], self.model.rest[hold] = self.model.spend(amount, self.now), amount
        return hold

    @rule(hold=holds, part=st.sampled_from("ab"), half=st.sampled_from([1, 1, 3]), fate=FATES)
    def capture(self, hold: str, part: str, half: int, fate: str) -> None:
        amount = max(1, self.model.rest[hold] * half // 2)
        values: dict[str, Any] = {"hold": hold, "part": part, "amount_micros": amount}
        known = self.model.parts.get((hold, part))
        if known == amount:
            assert not ledger.capture(workspace=self.workspace, **values)
        elif known or amount > self.model.rest[hold]:
            self.refused(ledger.LedgerError, ledger.capture, **values)
        else:
            assert self.do(ledger.capture, fate, **values)
            self.model.rest[hold] -= amount
            self.model.parts[hold, part] = amount

    @rule(hold=holds, fate=FATES)
    def release(self, hold: str, fate: str) -> None:
        assert self.do(ledger.release, fate, hold=hold) == self.model.rest[hold]
        self.model.give_back(hold, self.model.rest[hold])
        self.model.rest[hold] = 0

    @rule(hold=holds, part=st.sampled_from("ab"), fate=FATES)
    def refund(self, hold: str, part: str, fate: str) -> None:
        values = {"hold": hold, "part": part, "reason": "not as asked"}
        if not (paid := self.model.parts.get((hold, part))):
            self.refused(ledger.LedgerError, ledger.refund, **values)
            return
        if given := self.do(ledger.refund, fate, **values):
            assert given == paid
            self.model.give_back(hold, paid)

    @rule(amount=AMOUNTS, fate=FATES)
    def take(self, amount: int, fate: str) -> None:
        values = {"key": self.name(), "amount_micros": amount, "reason": "a mistake"}
        if amount > self.model.spendable(self.now):
            self.refused(ledger.InsufficientFunds, ledger.take, **values)
            return
        assert self.do(ledger.take, fate, **values)
        self.model.spend(amount, self.now)

    @rule(
        target=gone,
        more=st.integers(-5, 20),
        kind=st.sampled_from([ledger.Move.RETURN, ledger.Move.DISPUTE]),
        fate=FATES,
    )
    def pay_back(self, more: int, kind: ledger.Move, fate: str) -> tuple[str, int, int]:
        """About as much as is in the wallet, and some of it lost."""
        amount = max(1, self.model.left[WALLET] + more)
        key, lost = self.name(), max(0, amount - self.model.left[WALLET])
        values = {"key": key, "amount_micros": amount, "reference": "re", "kind": kind}
        assert self.do(ledger.pay_back, fate, **values) == lost
        self.model.left[WALLET] -= amount - lost
        self.model.lost += lost
        return key, amount, lost

    @rule(of=consumes(gone), fate=FATES)
    def reinstate(self, of: tuple[str, int, int], fate: str) -> None:
        key, amount, lost = of
        assert self.do(ledger.reinstate, fate, key=f"won:{key}", of=key, reference="dp")
        found = min(lost, self.model.lost)
        self.model.lost -= found
        self.model.left[WALLET] += amount - found

    @rule(hours=st.integers(0, 3), is_noted=st.booleans(), fate=FATES)
    def wait(self, hours: int, is_noted: bool, fate: str) -> None:
        self.now += timedelta(hours=hours)
        if not is_noted:
            return
        ended = set(self.model.left) - set(self.model.open(self.now))
        assert self.do(ledger.expire, fate) == sum(self.model.left[pot] for pot in ended)
        self.model.left |= dict.fromkeys(ended, 0)

    @invariant()
    def balances_are_sums_and_all_of_it_is_zero(self) -> None:
        sums = dict(Posting.objects.values_list("account").order_by().annotate(total=Sum("amount")))
        accounts = list(Account.objects.all())
        assert {account.pk: account.balance for account in accounts if account.balance} == {
            account: total for account, total in sums.items() if total
        }
        assert sum(account.balance for account in accounts) == 0
        assert all(a.balance >= 0 for a in accounts if a.kind in ("wallet", "gift", "held"))
        assert -sum(a.balance for a in accounts if a.kind == "losses") == self.model.lost

    @invariant()
    def it_has_what_the_model_has(self) -> None:
        purse, model = ledger.purse(workspace=self.workspace), self.model
        assert (purse.wallet, purse.held) == (model.left[WALLET], sum(model.rest.values()))
        gifts = [model.left[pot] for pot in model.open(self.now) if pot != WALLET and model.left[pot]]
        assert [gift.micros for gift in purse.gifts] == gifts
        assert ledger.balance(workspace=self.workspace) == purse.spendable == model.spendable(self.now)


def test_it_agrees_with_the_model(db: None) -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=30, stateful_step_count=30, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
