"""The accounts of a workspace under lock, and how sums are shared out over them. For the ledger alone."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import User, Workspace
from billing.models import Account, Posting, Transaction

Kind = Account.Kind
Move = Transaction.Kind
SPENDABLE = (Kind.WALLET, Kind.GIFT)
CREDIT = (*SPENDABLE, Kind.HELD)


class InsufficientFunds(Exception):
    """The workspace can spend less than was asked for."""

    def __init__(self, *, needed_micros: int, balance_micros: int) -> None:
        super().__init__(f"{needed_micros} micro-dollars are needed, {balance_micros} are there")
        self.needed_micros = needed_micros
        self.balance_micros = balance_micros


class LedgerError(Exception):
    """A movement that no correct caller asks for, such as capturing more than is held."""


Sides = list[tuple[Account, int]]


class Books:
    """The workspace's accounts, held for the transaction: nothing else moves its money meanwhile."""

    def __init__(self, workspace: Workspace, *, key: str = "", hold: str = "") -> None:
        """With a `key` it is known whether that moved anything, with a `hold` what that has moved on each account."""
        self.workspace = workspace
        self._key, self._hold = key, hold
        self._lock()
        rows = self._read()
        if len({row.kind for row in rows} - {Kind.GIFT}) < len(Kind) - 1:
            self._open()
            rows = self._read()
        self.gifts = [row for row in rows if row.kind == Kind.GIFT]
        self._single = {row.kind: row for row in rows if row.kind != Kind.GIFT}
        self._is_known = any(getattr(row, "is_known", False) for row in rows)
        self._moved: dict[int, int] = {row.pk: getattr(row, "moved", None) or 0 for row in rows}

    def __getitem__(self, kind: Kind) -> Account:
        return self._single[kind]

    def _lock(self) -> None:
        """The lock of the wallet stands for that of all accounts.

        They are read afterwards, by another statement: one that had waited for the lock itself would not see a gift
        that was made while it waited.
        """
        if not Account.objects.select_for_update().filter(workspace=self.workspace, kind=Kind.WALLET):
            self._open()
            Account.objects.select_for_update().get(workspace=self.workspace, kind=Kind.WALLET)

    def _open(self) -> None:
        missing = [Account(workspace=self.workspace, kind=kind) for kind in Kind if kind != Kind.GIFT]
        Account.objects.bulk_create(missing, ignore_conflicts=True)

    def _read(self) -> list[Account]:
        """All of it in one query, as whoever waits for the lock waits for this too."""
        rows = Account.objects.filter(workspace=self.workspace).order_by("id")
        if self._key:
            rows = rows.annotate(is_known=Exists(Transaction.objects.filter(key=self._key)))
        if self._hold:
            postings = Posting.objects.filter(account=OuterRef("pk"), transaction__hold=self._hold).order_by()
            rows = rows.annotate(moved=Subquery(postings.values("account").annotate(sum=Sum("amount")).values("sum")))
        return list(rows)

    def repeats(self, key: str, kind: Move, amount: int) -> bool:
        """Whether the key has moved this before. Raises LedgerError when it moved something else."""
        if amount <= 0:
            raise LedgerError(f"{key} would move {amount} micro-dollars.")
        if key == self._key and not self._is_known:
            return False
        if not (known := Transaction.objects.filter(key=key)):
            return False
        moved = into(Posting.objects.filter(transaction__key=key))
        if (known[0].kind, known[0].workspace_id, moved) != (kind, self.workspace.pk, amount):
            raise LedgerError(f"{key} was used before for another movement.")
        return True

    def post(
        self,
        key: str,
        kind: Move,
        sides: Iterable[tuple[Account, int]],
        *,
        hold: str = "",
        reason: str = "",
        reference: str = "",
        by: User | None = None,
    ) -> bool:
        sides = list(sides)
        row = Transaction.objects.create(
            workspace=self.workspace,
            key=key,
            kind=kind,
            hold=hold,
            reason=reason,
            reference=reference,
            made_by=by,
            credit_micros=sum(amount for account, amount in sides if account.kind in CREDIT),
        )
        Posting.objects.bulk_create(Posting(transaction=row, account=to, amount=sum_) for to, sum_ in sides if sum_)
        return True

    def spend(self, amount: int) -> Sides:
        """Take so much out of the gifts and then the wallet. Raises InsufficientFunds."""
        now = timezone.now()
        open_ = [gift for gift in self._in_order() if gift.expires_at is None or gift.expires_at > now]
        sides, left = _draw([(pot, pot.balance) for pot in [*open_, self[Kind.WALLET]]], amount)
        if left:
            raise InsufficientFunds(needed_micros=amount, balance_micros=amount - left)
        return [(pot, -part) for pot, part in sides]

    def give_back(self, amount: int) -> Sides:
        """Return so much to where the hold took it from, what was spent last first."""
        pots = [self[Kind.WALLET], *reversed(self._in_order())]
        sides, left = _draw([(pot, -self._moved[pot.pk]) for pot in pots], amount)
        if left:
            raise LedgerError(f"{self._hold} did not take the {left} micro-dollars that it would give back.")
        return sides

    def make_good(self, key: str, given_back: Sides) -> None:
        """Of money that comes back to the wallet, keep what the bank had taken while it was not there."""
        to_wallet = sum(amount for pot, amount in given_back if pot is self[Kind.WALLET])
        if kept := min(to_wallet, -self[Kind.LOSSES].balance):
            sides = [(self[Kind.WALLET], -kept), (self[Kind.LOSSES], kept)]
            self.post(f"kept:{key}", Move.ADJUST, sides, reason="Kept for a payment that had gone back to the card")

    @property
    def rest(self) -> int:
        """What is still held for the hold."""
        return self._moved[self[Kind.HELD].pk]

    def _in_order(self) -> list[Account]:
        """The gifts in the order in which they are spent."""
        never = datetime.max.replace(tzinfo=timezone.get_default_timezone())
        return sorted(self.gifts, key=lambda gift: (gift.expires_at or never, gift.pk))


def _draw(pots: list[tuple[Account, int]], amount: int) -> tuple[Sides, int]:
    """Share `amount` out over pots of which each can take so much; also what none could take."""
    sides = []
    for pot, most in pots:
        part = min(most, amount)
        amount -= part
        if part:
            sides.append((pot, part))
    return sides, amount


def into(postings: QuerySet[Posting]) -> int:
    return int(postings.filter(amount__gt=0).aggregate(total=Sum("amount"))["total"] or 0)
