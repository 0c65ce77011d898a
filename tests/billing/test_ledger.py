import threading
from collections import Counter

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
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


def test_it_keeps_the_books_under_eight_threads(purse: Workspace) -> None:
    """$25 are 357 images and one cent; each of 440 jobs is asked for by two threads."""
    ledger.grant(workspace=purse, key="gift", amount_micros=DOLLARS_25)
    outcomes: Counter[str] = Counter()

    def work(number: int) -> None:
        with scope(workspace=purse):
            for job in range(number // 2, 440, 4):
                try:
                    new = ledger.reserve(workspace=purse, hold=f"job-{job}", amount_micros=IMAGE)
                    outcomes["held" if new else "repeated"] += 1
                except ledger.InsufficientFunds:
                    outcomes["refused"] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes["held"] == outcomes["repeated"] == 357
    assert outcomes["refused"] == 2 * (440 - 357)
    assert balances(purse) == (DOLLARS_25 - 357 * IMAGE, 357 * IMAGE)
    assert Posting.objects.aggregate(total=Sum("amount"))["total"] == 0
    for account in Account.objects.all():
        assert account.balance == (Posting.objects.filter(account=account).aggregate(total=Sum("amount"))["total"] or 0)
