"""Proves each night that every balance is the sum of its postings, and that all accounts together come to nothing.

The proof runs on: what was proved once is not added up again, so a night reads the postings of one day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_scopes import scopes_disabled

from billing.models import Account, Posting

log = structlog.get_logger(__name__)

BATCH = 1000


@dataclass(frozen=True)
class Flaw:
    """An account whose balance is not what its postings add up to."""

    account: Account
    found: int

    def __str__(self) -> str:
        return (
            f"account {self.account.pk} ({self.account}): its balance is {self.account.balance} micro-dollars, "
            f"its postings add up to {self.found}"
        )


@dataclass(frozen=True)
class Report:
    """What a proof of everything found; sums in micro-dollars by kind of account."""

    accounts: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.sums.values())

    @property
    def holds(self) -> bool:
        return not self.flaws and self.total == 0


@transaction.atomic
def prove(*, account: Account) -> Flaw | None:
    """Go on with the proof of one account; what is wrong with it, and then it stays as far as it was.

    Under the lock of the account its postings arrive in the order of their ids.
    """
    with scopes_disabled():
        row = Account.objects.select_for_update().get(pk=account.pk)
        newer = Posting.objects.filter(account=row, pk__gt=row.proved_posting)
        added = newer.aggregate(total=Coalesce(Sum("amount"), 0), newest=Max("pk"))
        found = row.proved_sum + added["total"]
        if found != row.balance:
            log.error("balance_is_not_its_postings", account=row.pk, balance=row.balance, postings=found)
            return Flaw(row, found)
        newest = added["newest"] or row.proved_posting
        Account.objects.filter(pk=row.pk).update(proved_posting=newest, proved_sum=found, proved_at=timezone.now())
    return None


def prove_all() -> Report:
    """Prove all accounts of all workspaces, and that they come to nothing. What does not hold is logged as an error."""
    report = Report(sums=trial_balance())
    seen, flaws = 0, []
    for batch in _batches():
        seen += len(batch)
        flaws += [flaw for account in _moved(batch) if (flaw := prove(account=account))]
    if report.total:
        log.error("books_do_not_come_to_nothing", total=report.total, **report.sums)
    return Report(seen, flaws, report.sums)


def trial_balance() -> dict[str, int]:
    """The sum of all accounts of a kind, for each kind."""
    # One pass: grouped, the database would sort all accounts first.
    sums = {kind.value: Coalesce(Sum("balance", filter=Q(kind=kind)), 0) for kind in Account.Kind}
    with scopes_disabled():
        found = Account.objects.aggregate(**sums)
    return {kind.value: int(found[kind.value]) for kind in Account.Kind}


def _batches() -> Iterator[list[int]]:
    last = 0
    while batch := _after(last):
        yield batch
        last = batch[-1]


def _after(last: int) -> list[int]:
    with scopes_disabled():
        return list(Account.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])


def _moved(batch: list[int]) -> list[Account]:
    """Those whose proof does not stand as it is; of the others it is noted that it does.

    One statement sees an account and its postings as they are together, so that this needs no lock.
    """
    with scopes_disabled():
        newer = Posting.objects.filter(account=OuterRef("pk"), pk__gt=OuterRef("proved_posting"))
        rows = Account.objects.filter(pk__in=batch)
        moved = list(rows.filter(~Q(balance=F("proved_sum")) | Exists(newer) | Q(proved_at=None)))
        rows.exclude(pk__in=[account.pk for account in moved]).update(proved_at=timezone.now())
    return moved
