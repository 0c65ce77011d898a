"""Things that happen at the same moment, in threads with commits that are real."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection
from django_scopes import scope

from accounts.services import users, workspaces
from accounts.services.rights import Refused
from billing import ledger
from billing.models import PromoCode
from billing.services import codes, credit, purchases, sharing
from tests.fakestripe.control import Fake

TEN = 10_000_000


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each came to: its answer, or what it raised."""
    found: list[Any] = []

    def run(work: Callable[[], Any]) -> None:
        try:
            found.append(work())
        except Exception as error:
            found.append(error)
        connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_page_and_the_events_credit_once(purse, alice, stripe: Fake) -> None:
    begun = credit.buy(workspace=purse, actor=alice, amount_micros=TEN)
    stripe.pay(begun.session_url)
    found = at_once(*[lambda: purchases.settle(str(begun.session_id))] * 4)
    assert [purchase.status for purchase in found] == ["paid"] * 4
    assert ledger.balance(workspace=purse) == TEN


def test_two_tabs_at_once_get_one_checkout(purse, alice, stripe: Fake) -> None:
    found = at_once(*[lambda: credit.buy(workspace=purse, actor=alice, amount_micros=TEN).session_url] * 4)
    assert len(set(found)) == 1


def test_the_last_use_of_a_code_is_one(purse, alice) -> None:
    PromoCode.objects.create(code="LAST", amount_micros=TEN, max_uses=1, reason="test")
    others = [users.create_user(email=f"{name}@example.org") for name in ("dora", "emil", "fritz")]
    pairs = [(purse, alice), *((workspaces.personal(one), one) for one in others)]
    found = at_once(*[lambda w=w, p=p: codes.redeem(workspace=w, actor=p, code="LAST") for w, p in pairs])
    assert sorted(isinstance(one, Refused) for one in found) == [False, True, True, True]
    assert PromoCode.objects.get().uses == 1


def test_the_months_credit_is_given_once(purse, alice) -> None:
    from billing.models import DataSharing

    DataSharing.objects.create(workspace=purse, started_by=alice)
    assert sorted(at_once(*[sharing.give_monthly] * 4)) == [0, 0, 0, 1]
    with scope(workspace=purse):
        assert ledger.balance(workspace=purse) == 150_000_000
