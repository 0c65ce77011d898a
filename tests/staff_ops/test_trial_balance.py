"""The trial balance: nothing at all times, by the balances and by the postings, and loud when it is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Workspace
from billing import ledger
from billing.models import ClosedDay, Posting, Transaction
from billing.services import closing

MONEY = "/admin/panel/money/"
DAY = timedelta(days=1)


@pytest.fixture
def moved(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Money that moved yesterday and today."""
    with scope(workspace=workspace):
        for ago in (1, 0):
            at = timezone.now() - ago * DAY
            monkeypatch.setattr(Transaction._meta.get_field("created_at"), "_get_default", lambda at=at: at)
            ledger.grant(workspace=workspace, key=f"gift:{ago}", amount_micros=5_000_000)
            ledger.purchase(workspace=workspace, key=f"buy:{ago}", amount_micros=7_000_000, reference="pi_1")
            ledger.reserve(workspace=workspace, hold=f"h{ago}", amount_micros=6_000_000)
            ledger.capture(workspace=workspace, hold=f"h{ago}", part="0", amount_micros=1_000_000)
    monkeypatch.undo()


def test_it_closes_days_from_the_postings(moved: None) -> None:
    assert closing.close() == 1
    assert closing.close() == 0
    trial = closing.trial()
    assert trial.is_zero
    held = {line.kind: (line.balance, line.closed) for line in trial.lines}
    assert held["cash"] == (-14_000_000, -7_000_000)
    assert held["revenue"] == (2_000_000, 1_000_000)
    assert trial.day == (timezone.now() - DAY).date()
    assert trial.closed_total == 0


def test_finance_sees_it_at_nothing(moved: None, desk_of: Callable[..., Client]) -> None:
    closing.close()
    body = desk_of("finance").get(MONEY).content.decode()
    assert "The books come to nothing." in body
    assert "data-total>$0.00<" in body


def test_it_says_loudly_what_is_wrong(moved: None, desk_of: Callable[..., Client]) -> None:
    closing.close()
    row = ClosedDay.objects.get(kind="cash")
    ClosedDay.objects.filter(pk=row.pk).update(micros=row.micros + 1)
    desk = desk_of("finance")
    assert "The books do not come to nothing" in desk.get(MONEY).content.decode()
    # Also where somebody looks at something else of money.
    assert "The books do not come to nothing" in desk.get(f"{MONEY}prices").content.decode()


def found(desk: Client, **wish: Any) -> list[str]:
    return [row.key for row in desk.get(f"{MONEY}ledger", wish).context["found"].rows]


def test_it_finds_movements(moved: None, workspace: Workspace, desk_of: Callable[..., Client]) -> None:
    desk = desk_of("finance")
    everything = found(desk)
    assert len(everything) == 8
    assert found(desk, workspace=workspace.slug) == found(desk, workspace=str(workspace.pk)) == everything
    assert found(desk, kind="grant") == ["gift:0", "gift:1"]
    assert found(desk, key="buy:1") == ["buy:1"]
    assert set(found(desk, hold="h1")) == {"hold:h1", "capture:h1:0"}
    assert len(found(desk, day=f"{timezone.now() - DAY:%Y-%m-%d}")) == 4
    assert found(desk, reason="nothing of the kind") == []
    for wrong in ({"workspace": "nowhere"}, {"day": "soon"}):
        assert desk.get(f"{MONEY}ledger", wrong).status_code == 422


def test_it_turns_pages(moved: None, desk_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    from generation.staff import paging

    monkeypatch.setattr(paging.newest, "__kwdefaults__", {"by": "created_at", "lines": 3})
    desk, query, seen = desk_of("finance"), "", []
    while True:
        page = desk.get(f"{MONEY}ledger{query}").context["found"]
        seen += [row.key for row in page.rows]
        if not (query := page.older):
            break
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 8
    assert desk.get(f"{MONEY}ledger?after=x~y").status_code == 200


def test_a_movement_says_what_it_belongs_to(moved: None, desk_of: Callable[..., Client]) -> None:
    desk = desk_of("finance")
    with scopes_disabled():
        row = Transaction.objects.get(key="capture:h0:0")
    page = desk.get(f"{MONEY}ledger/{row.pk}")
    assert page.context["sum"] == 0
    assert "Reserved" in page.content.decode()
    assert desk.get(f"{MONEY}ledger/{ClosedDay.objects.count():032x}").status_code == 404
    with scopes_disabled():
        assert Posting.objects.filter(transaction=row).count() == 2


def test_lists_ask_as_much_of_few_rows_as_of_many(
    moved: None, desk_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    desk = desk_of("finance")
    for place in ("", "ledger", "adjustments", "payments", "events", "reconcile", "prices", "codes"):
        with django_assert_max_num_queries(14):
            assert desk.get(f"{MONEY}{place}").status_code == 200
