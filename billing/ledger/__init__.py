"""Moves money between a workspace's accounts. Every function is safe to repeat: the same key moves money once.

All amounts are whole micro-dollars above zero. Call inside the scope of the workspace. The life of a hold:
`reserve` when work is accepted, `capture` for each part that was delivered, `release` of what is left at the end.

Gifts are spent before what was paid for, those that end first before the others, and what is given back returns to
where it came from: first to the wallet, as that was spent last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction
from django.db.models import F, Max, Q, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User, Workspace
from billing.ledger.books import SPENDABLE, Books, InsufficientFunds, Kind, LedgerError, Move
from billing.models import Account, Posting, Transaction
from billing.signals import credit_reserved

__all__ = [
    "Gift",
    "InsufficientFunds",
    "Kind",
    "LedgerError",
    "Move",
    "Purse",
    "balance",
    "capture",
    "end_gifts",
    "expire",
    "grant",
    "held",
    "pay_back",
    "purchase",
    "purse",
    "refund",
    "reinstate",
    "release",
    "reserve",
    "take",
    "taken",
]

P = ParamSpec("P")
T = TypeVar("T")
WENT_BACK = (Move.RETURN, Move.DISPUTE)
_ENDS_FIRST = (F("expires_at").asc(nulls_last=True), "id")


@dataclass(frozen=True)
class Gift:
    """What is left of a gift."""

    source: str
    micros: int
    expires_at: datetime | None


@dataclass(frozen=True)
class Purse:
    """What a workspace has: `wallet` was paid for, `held` is reserved for generations under way. In micro-dollars."""

    wallet: int
    gifts: tuple[Gift, ...]
    held: int

    @property
    def spendable(self) -> int:
        return self.wallet + sum(gift.micros for gift in self.gifts)


def purse(*, workspace: Workspace) -> Purse:
    """What the workspace has now, its gifts in the order in which they are spent."""
    rows = Account.objects.filter(workspace=workspace).filter(_not_ended()).order_by(*_ENDS_FIRST)
    found = list(rows.filter(kind__in=[*SPENDABLE, Kind.HELD]))
    single = {account.kind: account.balance for account in found if account.kind != Kind.GIFT}
    gifts = (
        Gift(account.source, account.balance, account.expires_at)
        for account in found
        if account.kind == Kind.GIFT and account.balance
    )
    return Purse(single.get(Kind.WALLET, 0), tuple(gifts), single.get(Kind.HELD, 0))


def balance(*, workspace: Workspace) -> int:
    """What the workspace can spend, in micro-dollars."""
    rows = Account.objects.filter(workspace=workspace, kind__in=SPENDABLE).filter(_not_ended())
    return int(rows.aggregate(total=Coalesce(Sum("balance"), 0))["total"])


def held(*, workspace: Workspace) -> int:
    """What is reserved for generations under way, in micro-dollars."""
    return purse(workspace=workspace).held


def _in_one_transaction(move: Callable[P, T]) -> Callable[P, T]:
    """Of movements that each request makes: within a transaction they take no savepoint of their own.

    All that can go wrong is looked at before anything is written; what fails later fails the transaction around.
    """

    @wraps(move)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if transaction.get_connection().in_atomic_block:
            return move(*args, **kwargs)
        with transaction.atomic():
            return move(*args, **kwargs)

    return run


def taken(hold: Combinable) -> Combinable:
    """For queries: what `hold` took out of what can be spent and did not give back, in micro-dollars."""
    postings = Posting.objects.filter(account__kind__in=SPENDABLE, transaction__hold=hold).order_by()
    return Coalesce(Subquery(postings.values("transaction__hold").annotate(total=-Sum("amount")).values("total")), 0)


@transaction.atomic
def grant(
    *,
    workspace: Workspace,
    key: str,
    amount_micros: int,
    source: str = Account.Source.STAFF,
    expires_at: datetime | None = None,
    reason: str = "",
    by: User | None = None,
    kind: Move = Move.GRANT,
) -> bool:
    """Give promotional credit, as a gift of its own; False when this key was given before."""
    books = Books(workspace)
    if books.repeats(key, kind, amount_micros):
        return False
    gift = Account.objects.create(workspace=workspace, kind=Kind.GIFT, source=source, expires_at=expires_at)
    sides = [(books[Kind.PROMO], -amount_micros), (gift, amount_micros)]
    return books.post(key, kind, sides, reason=reason, by=by)


@transaction.atomic
def purchase(*, workspace: Workspace, key: str, amount_micros: int, reference: str) -> bool:
    """Add what was paid for; `reference` is the payment at Stripe. False when this key was added before."""
    books = Books(workspace)
    if books.repeats(key, Move.PURCHASE, amount_micros):
        return False
    sides = [(books[Kind.CASH], -amount_micros), (books[Kind.WALLET], amount_micros)]
    return books.post(key, Move.PURCHASE, sides, reference=reference)


@_in_one_transaction
def reserve(*, workspace: Workspace, hold: str, amount_micros: int, again: int = 0) -> bool:
    """Set money aside for `hold`; False when that was done before. Raises InsufficientFunds.

    After a release the same hold may be made once more: `again` tells that time from those before.
    """
    key = f"hold:{hold}:{again}" if again else f"hold:{hold}"
    books = Books(workspace, key=key)
    if books.repeats(key, Move.RESERVE, amount_micros):
        return False
    sides = books.spend(amount_micros)
    transaction.on_commit(lambda: credit_reserved.send(sender=Account, workspace=workspace), robust=True)
    return books.post(key, Move.RESERVE, [*sides, (books[Kind.HELD], amount_micros)], hold=hold)


@_in_one_transaction
def capture(*, workspace: Workspace, hold: str, part: str, amount_micros: int) -> bool:
    """Earn one part of a hold; False when that part was earned before. Raises LedgerError when less is held."""
    key = f"capture:{hold}:{part}"
    books = Books(workspace, key=key, hold=hold)
    if books.repeats(key, Move.CAPTURE, amount_micros):
        return False
    if books.rest < amount_micros:
        raise LedgerError(f"Only {books.rest} micro-dollars are held for {hold}, not {amount_micros}.")
    sides = [(books[Kind.HELD], -amount_micros), (books[Kind.REVENUE], amount_micros)]
    return books.post(key, Move.CAPTURE, sides, hold=hold)


@_in_one_transaction
def release(*, workspace: Workspace, hold: str) -> int:
    """Give back what is still held for `hold`; the amount, 0 when nothing is."""
    books = Books(workspace, hold=hold)
    if rest := books.rest:
        back = books.give_back(rest)
        earlier = Transaction.objects.filter(hold=hold, kind=Move.RELEASE).count()
        key = f"release:{hold}:{earlier}" if earlier else f"release:{hold}"
        books.post(key, Move.RELEASE, [(books[Kind.HELD], -rest), *back], hold=hold)
        books.make_good(key, back)
    return rest


@transaction.atomic
def refund(*, workspace: Workspace, hold: str, part: str, reason: str, by: User | None = None) -> int:
    """Give back what a delivered part cost; the amount, 0 when that was done before. Raises LedgerError for no such."""
    books = Books(workspace, hold=hold)
    key = f"refund:{hold}:{part}"
    if Transaction.objects.filter(key=key).exists():
        return 0
    earned = Posting.objects.filter(transaction__key=f"capture:{hold}:{part}", account=books[Kind.REVENUE]).first()
    if earned is None:
        raise LedgerError(f"Part {part} of {hold} was not charged, so nothing of it can be given back.")
    back = books.give_back(earned.amount)
    books.post(key, Move.REFUND, [(books[Kind.REVENUE], -earned.amount), *back], hold=hold, reason=reason, by=by)
    books.make_good(key, back)
    return earned.amount


@transaction.atomic
def take(*, workspace: Workspace, key: str, amount_micros: int, reason: str, by: User | None = None) -> bool:
    """Take credit away, as a correction by staff; False when this key was taken before. Raises InsufficientFunds."""
    books = Books(workspace)
    if books.repeats(key, Move.ADJUST, amount_micros):
        return False
    sides = [*books.spend(amount_micros), (books[Kind.PROMO], amount_micros)]
    return books.post(key, Move.ADJUST, sides, reason=reason, by=by)


@transaction.atomic
def pay_back(
    *,
    workspace: Workspace,
    key: str,
    amount_micros: int,
    reference: str,
    kind: Move = Move.RETURN,
    reason: str = "",
    by: User | None = None,
) -> int:
    """Note money that went back to the card, or was taken back by the bank (`kind`).

    It comes out of the wallet; what was spent already is a loss, whose amount is returned. 0 also for a repetition.
    What is held at that time counts as spent; should it come back to the wallet, the loss is made good first.
    """
    books = Books(workspace)
    if books.repeats(key, kind, amount_micros):
        return 0
    there = min(books[Kind.WALLET].balance, amount_micros)
    lost = amount_micros - there
    sides = [(books[Kind.WALLET], -there), (books[Kind.LOSSES], -lost), (books[Kind.CASH], amount_micros)]
    books.post(key, kind, sides, reference=reference, reason=reason, by=by)
    return lost


@transaction.atomic
def reinstate(*, workspace: Workspace, key: str, of: str, reference: str) -> bool:
    """Undo money that went back (`of` is the key of `pay_back`), as when a dispute is won; False when done before."""
    books = Books(workspace)
    undone = Posting.objects.filter(transaction__key=of, transaction__kind__in=WENT_BACK)
    sums = dict(undone.values_list("account__kind", "amount"))
    if not (amount := sums.get(Kind.CASH, 0)):
        raise LedgerError(f"No money went back by {of}.")
    if books.repeats(key, Move.REINSTATE, amount):
        return False
    # Of the loss, what was made good meanwhile came out of the wallet.
    lost = min(-sums.get(Kind.LOSSES, 0), -books[Kind.LOSSES].balance)
    sides = [(books[Kind.CASH], -amount), (books[Kind.LOSSES], lost), (books[Kind.WALLET], amount - lost)]
    return books.post(key, Move.REINSTATE, sides, reference=reference)


@transaction.atomic
def end_gifts(*, workspace: Workspace, source: str) -> int:
    """End the gifts of a source now, whenever they were to end; the micro-dollars that were left of them."""
    now = timezone.now()
    gifts = Account.objects.filter(workspace=workspace, kind=Kind.GIFT, source=source)
    gifts.filter(Q(expires_at=None) | Q(expires_at__gt=now)).update(expires_at=now)
    return expire(workspace=workspace)


@transaction.atomic
def expire(*, workspace: Workspace) -> int:
    """End the gifts whose time has come; the micro-dollars that were left of them."""
    books, ended = Books(workspace), 0
    for gift in books.gifts:
        if not gift.balance or gift.expires_at is None or gift.expires_at > timezone.now():
            continue
        # What is given back to an ended gift later ends once more: the newest posting tells the two apart.
        newest = Posting.objects.filter(account=gift).aggregate(newest=Max("id"))["newest"]
        sides = [(gift, -gift.balance), (books[Kind.PROMO], gift.balance)]
        books.post(f"expire:{gift.pk}:{newest}", Move.EXPIRE, sides)
        ended += gift.balance
    return ended


def _not_ended() -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=timezone.now())
