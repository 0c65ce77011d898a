from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from accounts.models import Workspace
from accounts.services import workspaces
from billing import ledger
from billing.models import Account, Posting, Transaction

DOLLARS_25 = 25_000_000
IMAGE = 70_000


def balances(workspace: Workspace) -> tuple[int, int]:
    return ledger.balance(workspace=workspace), ledger.held(workspace=workspace)


def test_it_starts_empty(purse: Workspace) -> None:
    assert balances(purse) == (0, 0)


def test_it_grants_once_a_key(purse: Workspace) -> None:
    assert ledger.grant(workspace=purse, key="gift", amount_micros=5)
    assert not ledger.grant(workspace=purse, key="gift", amount_micros=5)
    assert balances(purse) == (5, 0)


def test_it_refuses_another_movement_under_a_used_key(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=5)
    with pytest.raises(ledger.LedgerError):
        ledger.grant(workspace=purse, key="gift", amount_micros=6)


def test_it_refuses_to_move_nothing(purse: Workspace) -> None:
    with pytest.raises(ledger.LedgerError):
        ledger.grant(workspace=purse, key="gift", amount_micros=0)


def test_it_reserves_captures_and_releases_the_rest(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=DOLLARS_25)
    ledger.reserve(workspace=purse, hold="job", amount_micros=4 * IMAGE)
    assert balances(purse) == (DOLLARS_25 - 4 * IMAGE, 4 * IMAGE)
    for part in ("0", "1", "1"):
        ledger.capture(workspace=purse, hold="job", part=part, amount_micros=IMAGE)
    assert ledger.release(workspace=purse, hold="job") == 2 * IMAGE
    assert ledger.release(workspace=purse, hold="job") == 0
    assert balances(purse) == (DOLLARS_25 - 2 * IMAGE, 0)


def test_it_reserves_once_even_when_nothing_is_left(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=IMAGE)
    assert ledger.reserve(workspace=purse, hold="job", amount_micros=IMAGE)
    assert not ledger.reserve(workspace=purse, hold="job", amount_micros=IMAGE)


def test_it_refuses_to_reserve_more_than_is_there(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=IMAGE - 1)
    with pytest.raises(ledger.InsufficientFunds) as refusal:
        ledger.reserve(workspace=purse, hold="job", amount_micros=IMAGE)
    assert (refusal.value.needed_micros, refusal.value.balance_micros) == (IMAGE, IMAGE - 1)
    assert balances(purse) == (IMAGE - 1, 0)


def test_it_captures_no_more_than_its_own_hold(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=DOLLARS_25)
    for hold in ("job", "other"):
        ledger.reserve(workspace=purse, hold=hold, amount_micros=IMAGE)
    with pytest.raises(ledger.LedgerError):
        ledger.capture(workspace=purse, hold="job", part="0", amount_micros=IMAGE + 1)


def test_it_captures_nothing_after_release(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=DOLLARS_25)
    ledger.reserve(workspace=purse, hold="job", amount_micros=IMAGE)
    ledger.release(workspace=purse, hold="job")
    with pytest.raises(ledger.LedgerError):
        ledger.capture(workspace=purse, hold="job", part="0", amount_micros=IMAGE)


def test_it_is_hidden_outside_the_scope(workspace: Workspace) -> None:
    with pytest.raises(ScopeError):
        ledger.balance(workspace=workspace)


def test_it_shows_nothing_to_another_workspace(purse: Workspace, charlie) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=5)
    with scope(workspace=workspaces.personal(charlie)):
        assert ledger.balance(workspace=purse) == 0


@pytest.mark.parametrize("model", [Transaction, Posting])
def test_it_is_append_only(purse: Workspace, model) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=5)
    rows = model.objects.all()
    with pytest.raises(DatabaseError, match="append-only"):
        rows.update(id=rows.first().pk)
    with pytest.raises(DatabaseError, match="append-only"):
        rows._raw_delete("default")


def test_it_lets_nobody_edit_a_balance(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=5)
    with pytest.raises(DatabaseError, match="postings only"):
        Account.objects.update(balance=1_000_000)


def test_it_opens_no_account_with_money_in_it(purse: Workspace) -> None:
    with pytest.raises(DatabaseError, match="postings only"):
        Account.objects.create(workspace=purse, kind="wallet", balance=7)


@transaction.atomic
def forge(workspace: Workspace, amount: int) -> None:
    """A transaction with one side only."""
    forged = Transaction.objects.create(workspace=workspace, key="forged", kind="grant")
    Posting.objects.create(transaction=forged, account=Account.objects.get(kind="wallet"), amount=amount)


def test_it_refuses_a_transaction_that_does_not_add_up_at_commit(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=5)
    with pytest.raises(IntegrityError, match="add up to zero"):
        forge(purse, 5)


def test_it_lets_no_wallet_go_below_zero(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=5)
    with pytest.raises(IntegrityError, match="never_below_zero"):
        forge(purse, -6)


def test_it_notices_a_movement_that_misstates_the_credit(purse: Workspace) -> None:
    ledger.grant(workspace=purse, key="gift", amount_micros=5)
    wallet, promo = (Account.objects.get(kind=kind) for kind in ("wallet", "promo"))
    with pytest.raises(IntegrityError, match="says 6 of credit and moves 5"):
        misstate(purse, wallet, promo)


@transaction.atomic
def misstate(workspace: Workspace, wallet: Account, promo: Account) -> None:
    forged = Transaction.objects.create(workspace=workspace, key="forged", kind="grant", credit_micros=6)
    for account, amount in ((wallet, 5), (promo, -5)):
        Posting.objects.create(transaction=forged, account=account, amount=amount)


def gifts(workspace: Workspace) -> list[int]:
    return [gift.micros for gift in ledger.purse(workspace=workspace).gifts]


@pytest.fixture
def later(purse: Workspace) -> Workspace:
    """$2 that were paid for, and gifts of 10, 20 and 30 cents: for ever, for two days, for one."""
    ledger.purchase(workspace=purse, key="buy", amount_micros=2_000_000, reference="pi_1")
    for cents, days in ((10, None), (20, 2), (30, 1)):
        ends = timezone.now() + timedelta(days=days) if days else None
        ledger.grant(workspace=purse, key=f"gift-{cents}", amount_micros=cents * 10_000, expires_at=ends)
    return purse


def test_it_spends_gifts_before_the_wallet_and_what_ends_first_first(later: Workspace) -> None:
    assert gifts(later) == [300_000, 200_000, 100_000]
    ledger.reserve(workspace=later, hold="a", amount_micros=450_000)
    assert gifts(later) == [50_000, 100_000]
    ledger.reserve(workspace=later, hold="b", amount_micros=250_000)
    assert (gifts(later), ledger.purse(workspace=later).wallet) == ([], 1_900_000)


def test_it_gives_back_to_where_it_came_from_last_spent_first(later: Workspace) -> None:
    ledger.reserve(workspace=later, hold="job", amount_micros=700_000)
    ledger.capture(workspace=later, hold="job", part="0", amount_micros=350_000)
    ledger.release(workspace=later, hold="job")
    # Of 350,000 that were left over: first the wallet's 100,000, then the gifts, backwards.
    assert (gifts(later), ledger.purse(workspace=later).wallet) == ([150_000, 100_000], 2_000_000)
    assert ledger.refund(workspace=later, hold="job", part="0", reason="broken") == 350_000
    assert (gifts(later), ledger.purse(workspace=later).wallet) == ([300_000, 200_000, 100_000], 2_000_000)
    assert ledger.refund(workspace=later, hold="job", part="0", reason="broken") == 0


def test_it_refunds_only_what_was_charged(later: Workspace) -> None:
    ledger.reserve(workspace=later, hold="job", amount_micros=IMAGE)
    with pytest.raises(ledger.LedgerError):
        ledger.refund(workspace=later, hold="job", part="0", reason="broken")


def test_money_given_back_to_an_ended_gift_ends_too(purse: Workspace) -> None:
    ends = timezone.now() + timedelta(hours=1)
    ledger.grant(workspace=purse, key="gift", amount_micros=5 * IMAGE, expires_at=ends)
    ledger.reserve(workspace=purse, hold="job", amount_micros=2 * IMAGE)
    ledger.capture(workspace=purse, hold="job", part="0", amount_micros=IMAGE)
    with time_machine.travel(ends):
        assert ledger.balance(workspace=purse) == 0  # from the moment on, written down or not
        assert ledger.expire(workspace=purse) == 3 * IMAGE
        for give_back in (
            partial(ledger.release, workspace=purse, hold="job"),
            partial(ledger.refund, workspace=purse, hold="job", part="0", reason="broken"),
        ):
            assert give_back() == IMAGE
            assert ledger.balance(workspace=purse) == 0
            assert ledger.expire(workspace=purse) == IMAGE
            assert ledger.expire(workspace=purse) == 0


def test_it_takes_gifts_first_and_no_more_than_is_there(later: Workspace) -> None:
    assert ledger.take(workspace=later, key="fix", amount_micros=650_000, reason="A mistake")
    assert not ledger.take(workspace=later, key="fix", amount_micros=650_000, reason="A mistake")
    assert (gifts(later), ledger.purse(workspace=later).wallet) == ([], 1_950_000)
    with pytest.raises(ledger.InsufficientFunds):
        ledger.take(workspace=later, key="more", amount_micros=1_950_001, reason="A mistake")


def test_what_the_bank_takes_back_is_a_loss_where_it_was_spent(later: Workspace) -> None:
    ledger.reserve(workspace=later, hold="job", amount_micros=1_600_000)  # a million of it from the wallet
    values: dict[str, Any] = {"workspace": later, "key": "dispute", "amount_micros": 2_000_000, "reference": "dp_1"}
    assert ledger.pay_back(**values, kind=ledger.Move.DISPUTE) == 1_000_000
    assert ledger.pay_back(**values, kind=ledger.Move.DISPUTE) == 0
    assert ledger.balance(workspace=later) == 0


def test_what_comes_back_makes_good_a_loss_before_it_can_be_spent_again(later: Workspace) -> None:
    ledger.reserve(workspace=later, hold="job", amount_micros=1_600_000)
    ledger.pay_back(workspace=later, key="back", amount_micros=2_000_000, reference="re_1")
    assert ledger.release(workspace=later, hold="job") == 1_600_000
    assert ledger.purse(workspace=later).wallet == 0
    assert Account.objects.get(kind="losses").balance == 0
    # And when the dispute is won, all of it is there again.
    assert ledger.reinstate(workspace=later, key="won", of="back", reference="dp_1")
    assert not ledger.reinstate(workspace=later, key="won", of="back", reference="dp_1")
    assert ledger.purse(workspace=later).wallet == 2_000_000


@pytest.mark.parametrize("of", ["buy", "hold:job", "nothing"])
def test_it_reinstates_only_what_went_back(of: str, later: Workspace) -> None:
    ledger.reserve(workspace=later, hold="job", amount_micros=IMAGE)
    with pytest.raises(ledger.LedgerError):
        ledger.reinstate(workspace=later, key="won", of=of, reference="dp_1")


def test_a_key_is_of_one_workspace_and_one_kind(later: Workspace) -> None:
    with pytest.raises(ledger.LedgerError):
        ledger.grant(workspace=later, key="buy", amount_micros=2_000_000)
    with pytest.raises(ledger.LedgerError):
        ledger.reserve(workspace=later, hold="job", amount_micros=0)
    ledger.reserve(workspace=later, hold="job", amount_micros=IMAGE)
    with pytest.raises(ledger.LedgerError):
        ledger.reserve(workspace=later, hold="job", amount_micros=2 * IMAGE)
