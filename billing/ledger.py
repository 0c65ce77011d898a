"""Moves money between a workspace's accounts. Every function is safe to repeat: the same key moves money once.

All amounts are whole micro-dollars above zero. Call inside the scope of the workspace. The life of a hold:
`reserve` when work is accepted, `capture` for each part that was delivered, `release` of what is left at the end.
"""

from django.db import transaction
from django.db.models import Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from billing.models import Account, Posting, Transaction

Kind = Account.Kind


class InsufficientFunds(Exception):
    """The wallet holds less than was asked for."""

    def __init__(self, *, needed_micros: int, balance_micros: int) -> None:
        super().__init__(f"{needed_micros} micro-dollars are needed, {balance_micros} are there")
        self.needed_micros = needed_micros
        self.balance_micros = balance_micros


class LedgerError(Exception):
    """A movement that no correct caller asks for, such as capturing more than is held."""


def balance(*, workspace: Workspace) -> int:
    """What the workspace can spend, in micro-dollars."""
    return _balance(workspace, Kind.WALLET)


def held(*, workspace: Workspace) -> int:
    """What is reserved for generations under way, in micro-dollars."""
    return _balance(workspace, Kind.HELD)


def taken(hold: Combinable) -> Combinable:
    """For queries: what `hold` took out of the wallet and did not give back, in micro-dollars."""
    postings = Posting.objects.filter(account__kind=Kind.WALLET, transaction__hold=hold).order_by()
    return Coalesce(Subquery(postings.values("account").annotate(total=-Sum("amount")).values("total")), 0)


@transaction.atomic
def grant(*, workspace: Workspace, key: str, amount_micros: int) -> bool:
    """Give credit; False when this key was given before."""
    accounts = _lock(workspace)
    return _move(
        accounts, key=key, kind=Transaction.Kind.GRANT, source=Kind.PROMO, target=Kind.WALLET, amount=amount_micros
    )


@transaction.atomic
def reserve(*, workspace: Workspace, hold: str, amount_micros: int) -> bool:
    """Set money aside for `hold`; False when that was done before. Raises InsufficientFunds."""
    accounts = _lock(workspace)
    key = f"hold:{hold}"
    funds = accounts[Kind.WALLET].balance
    if funds < amount_micros and not Transaction.objects.filter(key=key).exists():
        raise InsufficientFunds(needed_micros=amount_micros, balance_micros=funds)
    return _move(
        accounts,
        key=key,
        kind=Transaction.Kind.RESERVE,
        source=Kind.WALLET,
        target=Kind.HELD,
        amount=amount_micros,
        hold=hold,
    )


@transaction.atomic
def capture(*, workspace: Workspace, hold: str, part: str, amount_micros: int) -> bool:
    """Earn one part of a hold; False when that part was earned before. Raises LedgerError when less is held."""
    accounts = _lock(workspace)
    key = f"capture:{hold}:{part}"
    if Transaction.objects.filter(key=key).exists():
        return False
    if (rest := _rest(accounts[Kind.HELD], hold)) < amount_micros:
        raise LedgerError(f"Only {rest} micro-dollars are held for {hold}, not {amount_micros}.")
    return _move(
        accounts,
        key=key,
        kind=Transaction.Kind.CAPTURE,
        source=Kind.HELD,
        target=Kind.REVENUE,
        amount=amount_micros,
        hold=hold,
    )


@transaction.atomic
def release(*, workspace: Workspace, hold: str) -> int:
    """Give back what is still held for `hold`; the amount, 0 when nothing is."""
    accounts = _lock(workspace)
    rest = _rest(accounts[Kind.HELD], hold)
    if rest:
        _move(
            accounts,
            key=f"release:{hold}",
            kind=Transaction.Kind.RELEASE,
            source=Kind.HELD,
            target=Kind.WALLET,
            amount=rest,
            hold=hold,
        )
    return rest


def _balance(workspace: Workspace, kind: Kind) -> int:
    found = Account.objects.filter(workspace=workspace, kind=kind).values_list("balance", flat=True)
    return next(iter(found), 0)


def _lock(workspace: Workspace) -> dict[str, Account]:
    """The workspace's accounts, locked for the transaction, always in the same order so that none deadlock."""
    rows = Account.objects.select_for_update().filter(workspace=workspace).order_by("id")
    if len(accounts := {account.kind: account for account in rows}) == len(Kind):
        return accounts
    missing = [Account(workspace=workspace, kind=kind) for kind in Kind]
    Account.objects.bulk_create(missing, ignore_conflicts=True)
    return {account.kind: account for account in rows.all()}


def _rest(account: Account, hold: str) -> int:
    total = Posting.objects.filter(account=account, transaction__hold=hold).aggregate(total=Sum("amount"))["total"]
    return int(total or 0)


def _move(
    accounts: dict[str, Account],
    *,
    key: str,
    kind: Transaction.Kind,
    source: Kind,
    target: Kind,
    amount: int,
    hold: str = "",
) -> bool:
    if amount <= 0:
        raise LedgerError(f"{key} would move {amount} micro-dollars.")
    workspace = accounts[source].workspace_id
    values = {"workspace_id": workspace, "kind": kind, "hold": hold}
    row, created = Transaction.objects.get_or_create(key=key, defaults=values)
    if created:
        sides = [
            Posting(transaction=row, account=accounts[source], amount=-amount),
            Posting(transaction=row, account=accounts[target], amount=amount),
        ]
        Posting.objects.bulk_create(sorted(sides, key=lambda side: side.account_id))
    elif Posting.objects.filter(transaction=row, amount=amount, account=accounts[target]).count() != 1:
        raise LedgerError(f"{key} was used before for another movement.")
    return created
