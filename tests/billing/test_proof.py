"""The nightly proof: it runs on, and it notices what is wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Workspace
from billing import ledger, tasks
from billing.models import Account, Transaction
from billing.services import ending, proof


@pytest.fixture
def spent(purse: Workspace) -> Workspace:
    ledger.grant(workspace=purse, key="gift", amount_micros=500, expires_at=timezone.now() + timedelta(days=1))
    ledger.purchase(workspace=purse, key="buy", amount_micros=500, reference="pi_1")
    ledger.reserve(workspace=purse, hold="job", amount_micros=700)
    ledger.capture(workspace=purse, hold="job", part="0", amount_micros=300)
    return purse


@pytest.fixture
def tamper() -> Callable[[Account], None]:
    """Gives an account a micro-dollar too many, past the triggers."""

    def change(account: Account) -> None:
        with connection.cursor() as cursor:
            cursor.execute("alter table billing_account disable trigger billing_account_balance_is_a_sum")
        Account.objects.filter(pk=account.pk).update(balance=F("balance") + 1)
        with connection.cursor() as cursor:
            cursor.execute("alter table billing_account enable trigger billing_account_balance_is_a_sum")

    return change


def test_it_proves_and_goes_on_from_there(spent: Workspace) -> None:
    assert proof.prove_all().holds
    wallet = Account.objects.get(kind="wallet")
    assert (wallet.proved_sum, wallet.balance) == (300, 300)
    ledger.release(workspace=spent, hold="job")
    assert proof.prove(account=wallet) is None
    after = Account.objects.get(kind="wallet")
    assert (after.proved_sum, after.balance) == (500, 500)
    assert after.proved_posting > wallet.proved_posting
    assert after.proved_at


def test_it_reads_what_is_new_alone(spent: Workspace, django_assert_num_queries: Any) -> None:
    proof.prove_all()
    with django_assert_num_queries(5):  # balances, a batch, what moved in it, the note of it, no more batch
        report = proof.prove_all()
    assert (report.accounts, report.holds) == (Account.objects.count(), True)


def test_it_says_which_account_is_wrong_and_goes_no_further(
    spent: Workspace, tamper: Callable[[Account], None]
) -> None:
    wallet = Account.objects.get(kind="wallet")
    tamper(wallet)
    report = proof.prove_all()
    assert [(flaw.account.pk, flaw.found) for flaw in report.flaws] == [(wallet.pk, wallet.balance)]
    assert (report.total, report.holds) == (1, False)
    assert not Account.objects.get(kind="wallet").proved_posting
    assert Account.objects.get(kind="held").proved_posting


def test_it_proves_many_workspaces_in_batches(spent: Workspace, charlie: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.services import workspaces

    theirs = workspaces.personal(charlie)
    with scope(workspace=theirs):
        ledger.grant(workspace=theirs, key="theirs", amount_micros=5)
    monkeypatch.setattr(proof, "BATCH", 3)
    with scopes_disabled():
        assert proof.prove_all().accounts == Account.objects.count()
        assert not Account.objects.filter(proved_at=None).exists()


def test_the_command_prints_the_trial_balance(spent: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_ledger")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].split() == ["total", "$0.00"]
    assert "revenue" in lines[-4]
    assert lines[-1] == f"{Account.objects.count()} accounts proved."


def test_the_command_fails_where_the_books_do(spent: Workspace, tamper: Callable[[Account], None]) -> None:
    tamper(Account.objects.get(kind="wallet"))
    with pytest.raises(CommandError, match="its balance is 301 micro-dollars, its postings add up to 300"):
        call_command("check_ledger")


def test_gifts_end_by_themselves(spent: Workspace) -> None:
    ledger.grant(workspace=spent, key="short", amount_micros=40, expires_at=timezone.now() + timedelta(hours=1))
    assert ending.expire_gifts() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        tasks.expire_gifts()
        assert Transaction.objects.get(kind="expire").credit_micros == -40
        assert ending.expire_gifts() == 0
    tasks.prove_ledger()
