"""What the composer says of money: what is left of the day, what a click costs, and the credit that there is beyond.

The sentences for every mode and number of pictures are made here, and scripts only pick one: what is said before a
click and what is charged after it come from the same place.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http.response import HttpResponseBase

from accounts.permissions import Action, allows
from billing import ledger, prices
from billing.plans import Plan, plan_of
from generation import catalog
from generation.pages import words
from generation.pages.typed import PageRequest
from generation.services import allowance, feeds, limits
from generation.services.allowance import Left

HEADER = "X-Aurora-Day"
REMEMBERED = "credit"
"""In the session: of which workspaces this person uses credit beyond the day, by their ids."""


@dataclass(frozen=True)
class Chip:
    """A mode in the composer: what is left of its day, and what 1, 2, 3 … pictures cost without and with credit."""

    mode: catalog.Mode
    left: str
    costs: list[str]
    with_credit: list[str]

    @property
    def json(self) -> str:
        return json.dumps([self.costs, self.with_credit])


@dataclass(frozen=True)
class Day:
    """`credit` says in words what there is beyond the day; "" where there is none, or not for this person."""

    chips: list[Chip]
    credit: str
    uses_credit: bool

    def cost(self, mode: str, n: object, *, with_credit: bool) -> str:
        """What a click costs, in words."""
        chip = next((chip for chip in self.chips if chip.mode.name == mode), self.chips[0])
        said = chip.with_credit if with_credit and self.credit else chip.costs
        number = int(str(n)) if str(n).isdecimal() else chip.mode.default_n
        return said[min(max(number, 1), len(said)) - 1]

    @property
    def json(self) -> str:
        modes = {chip.mode.name: {"left": chip.left, "costs": [chip.costs, chip.with_credit]} for chip in self.chips}
        return json.dumps({"modes": modes, "credit": self.credit})


def of(request: PageRequest, modes: Sequence[catalog.Mode] | None = None, plan: Plan | None = None) -> Day:
    """The day as this reader has it."""
    plan = plan or plan_of(request.workspace)
    left = allowance.today(workspace=request.workspace, plan=plan, person=request.user)
    listed, (spendable, credit) = prices.listed(), _credit(request)
    chips = [_chip(mode, left[mode.name], listed[mode.name], spendable) for mode in modes or catalog.MODES.values()]
    return Day(chips, credit, bool(credit) and uses_credit(request))


def remember(request: PageRequest) -> None:
    """Keep for the next page whether credit is to be used here, where the composer asked that."""
    choice, here = request.POST.get("credit"), str(request.workspace.pk)
    known = request.session.get(REMEMBERED, [])
    if choice == "1" and here not in known:
        request.session[REMEMBERED] = [*known, here]
    elif choice == "0" and here in known:
        request.session[REMEMBERED] = [one for one in known if one != here]


def uses_credit(request: PageRequest) -> bool:
    """Whether this person has chosen so here."""
    return str(request.workspace.pk) in request.session.get(REMEMBERED, [])


def tell(answer: HttpResponseBase, day: Day) -> None:
    """Tell scripts how the day stands after what was done."""
    answer.headers[HEADER] = day.json


def _credit(request: PageRequest) -> tuple[int, str]:
    """What this person may spend beyond the day, and how it is said to them."""
    member, balance = request.membership, ledger.balance(workspace=request.workspace)
    if member.monthly_micros is None:
        said = f"{words.cents(balance)} there" if allows(member.role, Action.SEE_MONEY) else "The workspace has some"
        return balance, said if balance else ""
    spent = limits.used_by(member, since=limits.today().replace(day=1)).micros
    rest = min(balance, max(0, member.monthly_micros - spent))
    return rest, f"{words.cents(rest)} for you this month" if rest else ""


def _chip(mode: catalog.Mode, left: Left, price: int, spendable: int) -> Chip:
    numbers = range(1, mode.max_n + 1)
    say: Any = _feed_cost if mode.name == feeds.MODE else _cost
    costs = [say(n, left.left, price, None) for n in numbers]
    return Chip(
        mode, f"{left.left:,} of {left.most:,} left", costs, [say(n, left.left, price, spendable) for n in numbers]
    )


def _cost(n: int, left: int, price: int, spendable: int | None) -> str:
    paid = max(0, n - left)
    if not paid:
        return "Included"
    if spendable is None:
        return f"Only {left} left today" if left else "Nothing left today"
    if spendable < paid * price:
        return "Not enough credit"
    cost = words.cents(paid * price)
    return f"{left} included + {cost}" if left else f"{cost} of credit"


def _feed_cost(n: int, left: int, price: int, spendable: int | None) -> str:
    """A feed takes one picture after the other."""
    if spendable is None:
        return "Included" if left else "Nothing left today"
    if left:
        return f"Included, then {words.cents(price)} each" if spendable >= price else "Included"
    return f"{words.cents(price)} a picture" if spendable >= price else "Not enough credit"
