"""Eight threads, one purse of several gifts: retries, and crashes between any two steps, lose and double nothing."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from django_scopes import scope

from accounts.models import Workspace
from billing import ledger
from billing.models import Account, Posting, Transaction

IMAGE = 70_000
JOBS = 372
FAILS = 60
"""Every so many-th of the first half of the jobs is never delivered: its money is there again for a later one."""

SOURCES = (
    ("grant", 5_000_000, 1),
    ("grant", 7_500_000, 30),
    ("grant", 2_500_000, None),
    ("purchase", 10_000_000, None),
)
"""$25.00: gifts that end at different times, and what was paid for."""


class Crash(Exception):
    pass


def crashing(chance: random.Random) -> Callable[..., Any]:
    """Ends the work now and then, before a statement or after it."""

    def run(execute: Callable[..., Any], *args: Any) -> Any:
        if chance.random() < 0.004:
            raise Crash
        result = execute(*args)
        if chance.random() < 0.004:
            raise Crash
        return result

    return run


def fill(workspace: Workspace) -> None:
    for n, (kind, micros, days) in enumerate(SOURCES):
        ends = timezone.now() + timedelta(days=days) if days else None
        if kind == "grant":
            ledger.grant(workspace=workspace, key=f"gift-{n}", amount_micros=micros, expires_at=ends)
        else:
            ledger.purchase(workspace=workspace, key=f"buy-{n}", amount_micros=micros, reference="pi_1")


def until_done(move: Callable[[], Any], outcomes: Counter[str]) -> Any:
    """As a task that is delivered again after each crash."""
    while True:
        try:
            return move()
        except Crash:
            outcomes["crashed"] += 1


def draw(workspace: Workspace, job: str, outcomes: Counter[str]) -> None:
    """One request for a picture: reserve, deliver it or, where it fails, give the money back."""
    try:
        until_done(lambda: ledger.reserve(workspace=workspace, hold=job, amount_micros=IMAGE), outcomes)
    except ledger.InsufficientFunds:
        outcomes["refused"] += 1
        return
    if job.endswith("fails"):
        until_done(lambda: ledger.release(workspace=workspace, hold=job), outcomes)
    else:
        until_done(lambda: ledger.capture(workspace=workspace, hold=job, part="0", amount_micros=IMAGE), outcomes)


@pytest.mark.django_db(transaction=True)
def test_25_dollars_are_357_pictures_and_a_cent(purse: Workspace) -> None:
    fill(purse)
    outcomes: Counter[str] = Counter()
    jobs = [f"job-{n}{'-fails' if n < JOBS / 2 and n % FAILS == 0 else ''}" for n in range(JOBS)]

    def work(number: int) -> None:
        chance = random.Random(number)
        with connection.cursor() as cursor:
            cursor.execute("set synchronous_commit = off")  # the test is of order, not of the disk
        with scope(workspace=purse), connection.execute_wrapper(crashing(chance)):
            # Each job by two threads, which come to it in about the same moment.
            for job in jobs[number // 2 :: 4]:
                draw(purse, job, outcomes)
        connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    captured = Transaction.objects.filter(kind="capture").count()
    assert captured == 357
    assert outcomes["crashed"] > 20
    assert ledger.balance(workspace=purse) == 10_000
    assert ledger.held(workspace=purse) == 0
    assert Account.objects.get(kind="revenue").balance == 357 * IMAGE
    # Gifts first: the cent that is left was paid for.
    assert ledger.purse(workspace=purse).gifts == ()
    assert Posting.objects.aggregate(total=Sum("amount"))["total"] == 0
    for account in Account.objects.all():
        assert account.balance == (Posting.objects.filter(account=account).aggregate(total=Sum("amount"))["total"] or 0)
